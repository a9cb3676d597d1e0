// What a machine that is only said to be there shows of a run, a wipe and a check, so that its jobs end as those of a real one.
import type { Measures } from '../../../src/contract/hardware.ts'
import type { Disk, Inventory } from '../../../src/contract/inventory.ts'
import { OutcomeAnswer } from '../../../src/contract/outcome.ts'
import type { RanScript, RunStep } from '../../../src/contract/run.ts'
import type { Step } from '../../../src/contract/steps.ts'
import type { WipedDisk, WipeStep } from '../../../src/contract/wipe.ts'
import { chooseDisks } from '../../../src/imaging/choose-disk.ts'
import { digestOfBytes, patternAt, SAMPLE_BYTES, samplePlaces } from '../../../src/imaging/wipe-samples.ts'
import type { StepContext } from '../../../src/winpe-agent/performer.ts'
import { jobFileName, sendBytes } from '../../../src/winpe-agent/steps/send-job-file.ts'

/** Before such a step is done; nothing for all others. */
export async function showOutcome(step: Step, context: StepContext): Promise<void> {
  const { client, jobId, leaseId, signal } = context
  const outcome = await outcomeOf(step, context)
  if (outcome === undefined) return
  await client.post(`/jobs/${jobId}/outcome`, { leaseId, kind: step.kind, ...outcome }, OutcomeAnswer, signal)
}

async function outcomeOf(step: Step, context: StepContext): Promise<object | undefined> {
  switch (step.kind) {
    case 'run':
      return { scripts: await ranScripts(step, context) }
    case 'wipe':
      return { disks: wipedDisks(step, context.inventory) }
    case 'check':
      return { measures: measuresOf(context.inventory) }
    default:
      return undefined
  }
}

async function ranScripts({ scripts }: RunStep, context: StepContext): Promise<RanScript[]> {
  const ran: RanScript[] = []
  for (const path of scripts) {
    const [outputFile, bytes] = [jobFileName(`${path}.txt`), Buffer.from(`${path} on a simulated machine\n`)]
    await sendBytes(outputFile, bytes, context)
    ran.push({ path, exitCode: 0, seconds: 1, outputFile, outputDigest: digestOfBytes(bytes) })
  }
  return ran
}

function wipedDisks({ disk, moreDisks = [], seed, samples }: WipeStep, { disks }: Inventory): WipedDisk[] {
  const after = digestOfBytes(Buffer.alloc(SAMPLE_BYTES))
  const at = new Date().toISOString()
  return chooseDisks([disk, ...moreDisks], disks).map((one) => ({
    ...namesOf(one),
    sizeBytes: one.sizeBytes,
    method: 'nvme-format',
    startedAt: at,
    endedAt: at,
    samples: samplePlaces(seed, one.sizeBytes, samples).map((offset) => ({
      offset,
      before: digestOfBytes(patternAt(seed, offset, SAMPLE_BYTES)),
      after,
    })),
  }))
}

function namesOf({ serial, wwn, model, byPath }: Disk): object {
  return JSON.parse(JSON.stringify({ serial, wwn, model, byPath })) as object
}

function measuresOf({ memoryBytes, cpuCount, disks }: Inventory): Measures[] {
  return [
    { item: 'memory', totalBytes: memoryBytes, testedBytes: Math.round(memoryBytes / 2), patterns: 4, wrongBlocks: 0 },
    { item: 'processor', cores: cpuCount, rounds: 1000, wrongRounds: 0, keptSpeedPercent: 98 },
    { item: 'network', downBytes: 1.1e9, downSeconds: 10, upBytes: 1.1e9, upSeconds: 10, isDamaged: false },
    ...disks.map(
      ({ devicePath, sizeBytes, serial }): Measures => ({
        item: 'disk',
        devicePath,
        ...(serial === undefined ? {} : { serial }),
        sizeBytes,
        smart: { passed: true, usedPercent: 4, celsius: 38 },
        readBytes: 6e10,
        readSeconds: 30,
        isWhole: false,
        badOffsets: [],
        badReads: 0,
      }),
    ),
  ]
}
