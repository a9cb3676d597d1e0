// Keeps the network first in the firmware's boot order, and sends one start past it to the disk. Starts efibootmgr and sfdisk;
// writes UEFI variables. A firmware that refuses to be told is a line in the log, not a failure: the image is on the disk either way.
import type { Run } from '../machine.ts'
import { entryOf, networkFirst, parseBootEntries, parseBootOrder } from './boot-order.ts'
import { readInventory } from './linux-inventory.ts'
import { runCommand, superviseCommand } from './run-command.ts'
import type { Sysfs } from './sysfs.ts'

const EFI_SYSTEM_TYPE = 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b'
/** Of entries that we make, so that a later one takes the place of an earlier one. */
const LABEL = 'Platen: the disk'
const FALLBACK_LOADER = process.arch === 'arm64' ? '\\EFI\\BOOT\\BOOTAA64.EFI' : '\\EFI\\BOOT\\BOOTX64.EFI'

/** Installers put their own entry first, and the machine is never heard of again. */
export async function keepNetworkFirst(run: Run, sys: Sysfs): Promise<void> {
  await onUefi({ run, sys }, 'the boot order could not be looked at', async () => {
    const now = parseBootOrder(await efibootmgr(run))
    const wanted = now && networkFirst(now)
    if (wanted === undefined) return
    await efibootmgr(run, '--quiet', '--bootorder', wanted.join(','))
    run.log(`boot order is ${wanted.join(', ')} again: the network comes first`)
  })
}

/** BootNext is used up by the next start: the boot order stays as it is. */
export async function startFromDiskNext(run: Run, sys: Sysfs): Promise<void> {
  await onUefi({ run, sys }, 'the next start goes by the boot order', async () => {
    const systems = await efiSystemPartitions(run, sys)
    const [only, ...others] = systems
    if (only === undefined) return run.log('the next start goes by the boot order: no disk has an EFI system partition')
    const known = await entryFor(run, systems)
    if (known === undefined && others.length > 0)
      return run.log('the next start goes by the boot order: several disks could be meant')
    const entry = known ?? (await makeEntry(run, only))
    await efibootmgr(run, '--quiet', '--bootnext', entry.number)
    run.log(`the next start goes to the disk (${entry.number} ${entry.label})`)
  })
}

interface Firmware {
  readonly run: Run
  readonly sys: Sysfs
}

async function onUefi({ run, sys }: Firmware, otherwise: string, work: () => Promise<void>): Promise<void> {
  if (!sys.exists('/sys/firmware/efi/efivars')) return
  try {
    await work()
  } catch (error) {
    run.log(`${otherwise}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

interface SystemPartition {
  readonly devicePath: string
  readonly number: number
  readonly guid: string
}

interface SfdiskTable {
  readonly partitiontable: { readonly partitions?: readonly { node: string; type: string; uuid?: string }[] }
}

/** Of the disks that stay in the machine. */
async function efiSystemPartitions({ signal }: Run, sys: Sysfs): Promise<readonly SystemPartition[]> {
  const found: SystemPartition[] = []
  for (const { devicePath, isRemovable } of readInventory(sys, 'x64').disks) {
    if (isRemovable) continue
    const { exitCode, output } = await superviseCommand('sfdisk', ['--json', devicePath], { signal })
    if (exitCode !== 0) continue
    const { partitions = [] } = (JSON.parse(output.join('\n')) as SfdiskTable).partitiontable
    for (const { node, type, uuid } of partitions) {
      if (type.toLowerCase() !== EFI_SYSTEM_TYPE || uuid === undefined) continue
      found.push({ devicePath, number: Number(/\d+$/.exec(node)?.[0]), guid: uuid.toLowerCase() })
    }
  }
  return found
}

async function entryFor(run: Run, systems: readonly SystemPartition[]) {
  const text = await efibootmgr(run, '--verbose')
  const guids = systems.map(({ guid }) => guid)
  return entryOf(guids, parseBootEntries(text), parseBootOrder(text)?.order ?? [])
}

/** The image brings none, as an installer would have made: the loader that every bootable disk has under this name. */
async function makeEntry(run: Run, system: SystemPartition) {
  for (const { number, label } of parseBootEntries(await efibootmgr(run)))
    if (label === LABEL) await efibootmgr(run, '--quiet', '--bootnum', number, '--delete-bootnum')
  const where = ['--disk', system.devicePath, '--part', String(system.number)]
  await efibootmgr(run, '--quiet', '--create-only', ...where, '--label', LABEL, '--loader', FALLBACK_LOADER)
  const entry = await entryFor(run, [system])
  if (entry === undefined) throw new Error('the firmware did not keep a new boot entry')
  return entry
}

function efibootmgr({ signal }: Run, ...words: readonly string[]): Promise<string> {
  return runCommand('efibootmgr', [...words], { signal })
}
