// What is wrong around the appliance, with what to do: what netboot saw on the wire, and what lacks here.
import type { FastifyPluginAsync } from 'fastify'
import { DoctorReport, type Finding } from '../../contract/doctor.ts'

export interface DoctorDeps {
  /** Asked anew with every request. */
  diagnose(): Promise<readonly Finding[]>
  /** Architectures whose boot OS is there. */
  bootOs(): readonly string[]
  readonly bootDir: string
}

/** Mounted inside the operator API. */
export function doctorRoutes(deps: DoctorDeps): FastifyPluginAsync {
  return async (app) => {
    app.get(
      '/doctor',
      { schema: { tags: ['doctor'], summary: 'What is wrong here, and what to do', response: { 200: DoctorReport } } },
      async () => ({ findings: [bootOsFinding(deps), ...(await deps.diagnose())] }),
    )
  }
}

function bootOsFinding({ bootOs, bootDir }: DoctorDeps): Finding {
  const built = bootOs()
  if (built.length > 0) return { severity: 'good', subject: 'boot OS', seen: `there for ${built.join(' and ')} in ${bootDir}` }
  const advice = 'Build it: platen boot build'
  return { severity: 'problem', subject: 'boot OS', seen: `there is none in ${bootDir}: no machine can boot`, advice }
}
