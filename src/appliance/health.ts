// What /healthz tells: which parts are up. Pure but for the small record of parts.
import { type Static, Type } from 'typebox'

const Part = Type.Union([Type.Literal('starting'), Type.Literal('up'), Type.Literal('stopping')])

export const HealthView = Type.Object({
  /** up when every part is. */
  status: Part,
  version: Type.String(),
  startedAt: Type.String(),
  parts: Type.Object({ http: Part, orchestrator: Part, netboot: Part }),
  /** Architectures whose boot OS and loaders are there. */
  bootOs: Type.Array(Type.String()),
})
export type Health = Static<typeof HealthView>
export type PartState = Static<typeof Part>
type PartName = keyof Health['parts']

export class HealthRecord {
  readonly #fixed: Pick<Health, 'version' | 'startedAt'>
  readonly #parts: Record<PartName, PartState> = { http: 'starting', orchestrator: 'starting', netboot: 'starting' }
  readonly #bootOs: () => string[]

  constructor(fixed: Pick<Health, 'version' | 'startedAt'>, bootOs: () => string[]) {
    this.#fixed = fixed
    this.#bootOs = bootOs
  }

  set(part: PartName, state: PartState): void {
    this.#parts[part] = state
  }

  view(): Health {
    const states = Object.values(this.#parts)
    const status = states.includes('stopping') ? 'stopping' : states.includes('starting') ? 'starting' : 'up'
    return { status, ...this.#fixed, parts: { ...this.#parts }, bootOs: this.#bootOs() }
  }
}
