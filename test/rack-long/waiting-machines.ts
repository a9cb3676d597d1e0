// Two machines that wait for jobs: booted over the network, approved by a rule, in the boot OS, with nothing to do yet.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ApplianceProcess } from '../rack/appliance-process.ts'
import type { Machine } from '../rack/machine.ts'
import { Operator } from '../rack/operator.ts'
import type { Rack } from '../rack/rack.ts'
import { smallMachine } from '../rack/small-machine.ts'

export interface WaitingMachines {
  readonly appliance: ApplianceProcess
  readonly operator: Operator
  /** Their nodes have the same names. */
  readonly machines: readonly [Machine, Machine]
}

interface Places {
  readonly bootDir: string
  readonly profilesDir: string
  readonly diskBytes: number
}

const BOOT_MS = 420_000

export async function startWaitingMachines(rack: Rack, { diskBytes, ...places }: Places): Promise<WaitingMachines> {
  const { namespace, directory } = rack
  const appliance = rack.adopt(await ApplianceProcess.start({ namespace, directory, ...places }))
  const operator = new Operator(appliance)
  const machines = [
    await rack.addMachine(smallMachine({ label: 'w1', number: '0201', firmware: 'bios', diskBytes })),
    await rack.addMachine(smallMachine({ label: 'w2', number: '0202', firmware: 'bios', diskBytes })),
  ] as const
  const expected = join(directory, 'expected.json')
  writeFileSync(expected, JSON.stringify(machines.map(({ spec: { name, mac } }) => ({ name, mac }))))
  await operator.order('rule', 'add', '--expected', expected)
  await Promise.all(machines.map((machine) => machine.powerOn()))
  for (const { spec } of machines) await operator.nodeWith(spec.mac, BOOT_MS)
  return { appliance, operator, machines }
}
