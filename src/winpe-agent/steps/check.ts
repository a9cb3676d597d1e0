// check: measures the hardware of this machine. The appliance judges what was measured, and the node keeps its report. Only reads disks.
import { AppError } from '../../contract/errors.ts'
import type { CheckItem, CheckStep, DiskMeasures, Measures, SmartMeasures } from '../../contract/hardware.ts'
import type { Disk } from '../../contract/inventory.ts'
import { OutcomeAnswer } from '../../contract/outcome.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import type { Run } from '../machine.ts'
import type { Performer, StepContext } from '../performer.ts'
import { readSurface } from './check-disk.ts'
import { testMemory } from './check-memory.ts'
import { testNetwork } from './check-network.ts'
import { testProcessor } from './check-processor.ts'

export interface HardwareTools {
  /** That programs may still take. */
  availableMemoryBytes(): Promise<number>
  /** undefined: the drive says nothing of itself, or cannot be asked. */
  smart(devicePath: string, run: Run): Promise<SmartMeasures | undefined>
}

type Imaging = Pick<ImagingTools, 'dropCaches'>
/** The network first: what it measures must not wait for a disk that is still busy. */
const ORDER: readonly CheckItem[] = ['network', 'disk', 'processor', 'memory']

export function checkPerformer(imaging: Imaging, hardware: HardwareTools): Performer<'check'> {
  return async (step, context) => {
    const items = ORDER.filter((item) => step.items.includes(item))
    const measures: Measures[] = []
    for (const [index, item] of items.entries()) {
      const tell = (what: string) => (percent: number) =>
        context.progress({ minorState: what, percent: (100 * index + percent) / items.length, transfer: {} })
      measures.push(...(await measure(item, step, { imaging, hardware, context, tell })))
    }
    await show(measures, context)
    return { transfer: {} }
  }
}

interface Scene {
  readonly imaging: Imaging
  readonly hardware: HardwareTools
  readonly context: StepContext
  readonly tell: (what: string) => (percent: number) => void
}

async function measure(
  item: CheckItem,
  step: CheckStep,
  { imaging, hardware, context, tell }: Scene,
): Promise<readonly Measures[]> {
  const { signal, inventory } = context
  const nowMs = () => performance.now()
  switch (item) {
    case 'network':
      return [await testNetwork({ seconds: step.networkSeconds, tell: tell('measuring the network'), nowMs }, context)]
    case 'processor': {
      const { cpuCount: cores } = inventory
      return [await testProcessor({ cores, seconds: step.processorSeconds, signal, tell: tell('testing the processor') })]
    }
    case 'memory': {
      const availableBytes = await hardware.availableMemoryBytes()
      const sizes = { totalBytes: inventory.memoryBytes, availableBytes, seconds: step.memorySeconds }
      return [await testMemory({ ...sizes, signal, tell: tell('testing the memory'), nowMs })]
    }
    case 'disk': {
      const disks: DiskMeasures[] = []
      for (const disk of inventory.disks.filter(({ isRemovable }) => !isRemovable))
        disks.push(await measureDisk(disk, step, { imaging, hardware, context, tell }))
      return disks
    }
  }
}

async function measureDisk(disk: Disk, step: CheckStep, { imaging, hardware, context, tell }: Scene): Promise<DiskMeasures> {
  const { devicePath, sizeBytes, serial } = disk
  const smart = await hardware.smart(devicePath, context)
  await imaging.dropCaches(devicePath, context)
  const surface = await readSurface({
    devicePath,
    sizeBytes,
    seconds: step.diskSeconds,
    isWhole: step.wholeDisks,
    signal: context.signal,
    tell: tell(`reading ${devicePath}`),
    nowMs: () => performance.now(),
  })
  return {
    item: 'disk',
    devicePath,
    ...(serial === undefined ? {} : { serial }),
    sizeBytes,
    ...(smart === undefined ? {} : { smart }),
    ...surface,
  }
}

/** Throws AGENT_HARDWARE_BAD. */
async function show(measures: readonly Measures[], { client, jobId, leaseId, signal, log }: StepContext): Promise<void> {
  const path = `/jobs/${encodeURIComponent(jobId)}/outcome`
  const answer = await client.post(path, { leaseId, kind: 'check', measures }, OutcomeAnswer, signal)
  for (const line of answer.lines) log(line)
  if (answer.isProven) return
  const bad = answer.lines.filter((line) => line.includes(': bad:') || line.endsWith('was not measured'))
  throw new AppError(
    'AGENT_HARDWARE_BAD',
    `the hardware of this machine is not as it should be: ${bad.join('; ')}`,
    'See the whole report with `platen node show`; replace what is bad before the machine gets a job.',
  )
}
