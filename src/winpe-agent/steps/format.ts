// format: chooses the disk, refuses one with foreign data, prints the plan, writes table and filesystems. Touches the disk.
import type { Disk } from '../../contract/inventory.ts'
import type { FileRef, FormatStep, Step } from '../../contract/steps.ts'
import { chooseDisk, describeDisk } from '../../imaging/choose-disk.ts'
import { refuseForeignDisk } from '../../imaging/foreign-disk.ts'
import { consentOf } from '../imaging/consent.ts'
import { noteDisks } from '../imaging/note-disks.ts'
import type { Machine } from '../machine.ts'
import type { Performer, StepContext } from '../performer.ts'
import { eraseRecords } from '../record/record-block.ts'
import { describeLayout, type PartitionPlan, planLayout, type TablePlan } from './disk-layout.ts'
import { fetchToFile } from './profile-files.ts'
import { scriptEnvironment } from './script-environment.ts'

type DeclaredLayout = Extract<FormatStep['layout'], { table: unknown }>

interface Scene {
  readonly disk: Disk
  readonly context: StepContext
  readonly machine: Machine
}

export function formatPerformer(machine: Machine): Performer<'format'> {
  return async (step, context) => {
    const disk = chooseDisk(step.disk, context.inventory.disks)
    context.log(`disk: ${describeDisk(disk)}`)
    // What an earlier attempt mounted would keep the disk busy.
    await machine.target.unmount(context)
    const findings = await machine.disks.findings(disk.devicePath, context)
    const ownership = refuseForeignDisk(disk.devicePath, findings, consentOf(step, disk))
    context.log(`${disk.devicePath} holds ${findings.found.join(', ') || 'nothing'} (${ownership})`)
    await noteDisks([disk], context)
    await eraseRecords(disk)
    if ('script' in step.layout) await writeByScript(step, step.layout.script, { disk, context, machine })
    else await writeDeclared(layoutOf(step, step.layout, context.steps, disk), { disk, context, machine })
    return { transfer: {} }
  }
}

async function writeDeclared(plan: TablePlan, { disk, context, machine: { disks } }: Scene): Promise<void> {
  for (const line of describeLayout(disk.devicePath, plan)) context.log(line)
  tell(context, 'writing the partition table', 10)
  await disks.writeTable(disk.devicePath, plan, context)
  const withFilesystem = plan.partitions.filter(hasFilesystem)
  for (const [index, { number, name, filesystem }] of withFilesystem.entries()) {
    tell(context, `making ${filesystem.kind} on ${name}`, 20 + (80 * index) / withFilesystem.length)
    await disks.makeFilesystem(disks.partitionPath(disk.devicePath, number), filesystem, context)
  }
}

function layoutOf(step: FormatStep, layout: DeclaredLayout, steps: readonly Step[], disk: Disk): TablePlan {
  const imageName = steps.find((other) => other.kind === 'capture')?.imageName
  return planLayout({ tableId: step.tableId, idSeed: imageName ?? step.tableId, partitions: layout.partitions }, disk)
}

async function writeByScript(step: FormatStep, script: FileRef, { disk, context, machine }: Scene): Promise<void> {
  const path = await fetchToFile(script, machine.target.filesDirectory, context)
  context.log(`plan for ${disk.devicePath}: whatever ${script.path} does; it becomes GPT ${step.tableId}`)
  tell(context, `running ${script.path}`, 10)
  const environment = { ...scriptEnvironment({ context, machine, disk }), PLATEN_TABLE_ID: step.tableId }
  await machine.target.runScript({ path, environment, root: undefined, signal: context.signal, log: context.log })
  await machine.disks.setTableId(disk.devicePath, step.tableId, context)
}

function hasFilesystem(plan: PartitionPlan): plan is PartitionPlan & { filesystem: NonNullable<PartitionPlan['filesystem']> } {
  return plan.filesystem !== undefined
}

function tell(context: StepContext, minorState: string, percent: number): void {
  context.progress({ minorState, percent, transfer: {} })
}
