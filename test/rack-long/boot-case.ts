// One case of the matrix: a bare machine with a certain firmware, in a network that is served in a certain way, until its agent said hello.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeView } from '../../src/contract/operator-api.ts'
import { ApplianceProcess } from '../rack/appliance-process.ts'
import type { Machine } from '../rack/machine.ts'
import { type LoggedEvent, netbootEvents } from '../rack/netboot-log.ts'
import { Operator } from '../rack/operator.ts'
import { prepareBoot } from '../rack/prepare.ts'
import type { MachineSpec } from '../rack/qemu-arguments.ts'
import { Rack } from '../rack/rack.ts'
import { startSiteDhcp } from '../rack/site-dhcp.ts'
import { smallMachine } from '../rack/small-machine.ts'
import { startCapture } from '../rack/wire-capture.ts'

export interface BootCase {
  /** Name of the test, and with dashes that of the capture. */
  readonly name: string
  readonly machine: Pick<MachineSpec, 'firmware' | 'architecture' | 'networkBoot' | 'secureBoot'>
  readonly dhcp: 'server' | 'proxy'
  /** What platen.yaml says beside the interface. */
  readonly settings?: string
  /** How often a person may switch it off and on again: firmware that was refused once does not try the next program by itself. */
  readonly resets?: number
}

export interface Booted {
  readonly node: NodeView
  /** What netboot said that it did. */
  readonly events: readonly LoggedEvent[]
}

/** A folder for each case: logs, and the capture. */
const LOGS = join(import.meta.dirname, '../../.cache/rack/matrix')
/** Emulated, on two cores that may carry other work: a boot that goes well takes a minute or two. */
const BOOT_TIMEOUT_MS = 900_000
/** What firmware says when nothing is left that could work: IPv6, which the rack does not serve, comes last. */
const GIVEN_UP = /No bootable option or device was found|No bootable device|Start HTTP Boot over IPv6/

export async function boot(bootCase: BootCase): Promise<Booted> {
  return inRack(bootCase, async (machine, appliance) => {
    const startedAt = performance.now()
    const known = new Operator(appliance).nodeWith(machine.spec.mac, BOOT_TIMEOUT_MS)
    const node = await Promise.race([known, resetWhenGivenUp(machine, bootCase.resets ?? 0)])
    // Told, not judged: it depends on what else the machine does that emulates this one.
    console.log(`${bootCase.name}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s from power-on to the agent's hello`)
    return { node, events: netbootEvents(appliance.logFile) }
  })
}

/** The machine is on, and all that the case asks for serves it. What was said and what went over the wire stays in a folder. */
export async function inRack<T>(
  bootCase: BootCase,
  act: (machine: Machine, appliance: ApplianceProcess) => Promise<T>,
): Promise<T> {
  const { accelerator, bootDir } = await prepareBoot([bootCase.machine.architecture ?? 'x64'], () => {})
  const rack = await Rack.create({ accelerator })
  const name = bootCase.name.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase()
  try {
    await startCapture(rack, name)
    if (bootCase.dhcp === 'proxy') await startSiteDhcp(rack)
    const appliance = rack.adopt(await startAppliance(rack, bootDir, bootCase))
    const machine = await rack.addMachine(smallMachine({ ...bootCase.machine, label: 'm', number: '001d' }))
    await machine.powerOn()
    return await act(machine, appliance)
  } finally {
    rack.saveLogs(join(LOGS, name))
    await rack.close()
  }
}

function startAppliance(rack: Rack, bootDir: string, { dhcp, settings = '' }: BootCase): Promise<ApplianceProcess> {
  const profilesDir = join(rack.directory, 'profiles')
  mkdirSync(profilesDir)
  const config = join(rack.directory, 'platen.yaml')
  writeFileSync(config, `dhcp:\n  mode: ${dhcp}\n${settings}`)
  const { namespace, directory } = rack
  return ApplianceProcess.start({ namespace, directory, profilesDir, bootDir, flags: { config } })
}

/** Fails when the firmware gives up once more than somebody may reset it, long before the patience for the whole boot ends. */
async function resetWhenGivenUp(machine: Machine, resets: number): Promise<never> {
  for (let done = 0; ; done++) {
    const [said] = await machine.console.waitFor(GIVEN_UP, BOOT_TIMEOUT_MS)
    if (done === resets) throw new Error(`after ${done} resets the firmware gave up: ${said}\n${machine.console.tail()}`)
    await machine.reset()
  }
}
