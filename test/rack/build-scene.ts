// A rack with one machine, switched off, and an appliance that has tiny-linux to build on it.
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ApplianceProcess } from './appliance-process.ts'
import type { Machine } from './machine.ts'
import { Operator } from './operator.ts'
import { prepare } from './prepare.ts'
import type { MachineSpec } from './qemu-arguments.ts'
import { Rack } from './rack.ts'

export interface BuildScene {
  /** Takes all of it down. */
  readonly rack: Rack
  readonly appliance: ApplianceProcess
  readonly operator: Operator
  readonly machine: Machine
}

/** settings: what platen.yaml says. */
export async function buildScene(spec: MachineSpec, settings = ''): Promise<BuildScene> {
  const { accelerator, bootDir, profileDir } = await prepare('tiny-linux', () => {})
  const rack = await Rack.create({ accelerator })
  try {
    const { namespace, directory } = rack
    const profilesDir = join(directory, 'profiles')
    cpSync(profileDir, join(profilesDir, 'tiny-linux'), { recursive: true })
    const config = join(directory, 'platen.yaml')
    writeFileSync(config, settings)
    const appliance = rack.adopt(await ApplianceProcess.start({ namespace, directory, profilesDir, bootDir, flags: { config } }))
    return { rack, appliance, operator: new Operator(appliance), machine: await rack.addMachine(spec) }
  } catch (error) {
    rack.saveLogs()
    await rack.close()
    throw error
  }
}
