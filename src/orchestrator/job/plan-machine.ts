// The one step of a job that works on a machine and on no image: run, wipe, check. Pure.
import { createHash } from 'node:crypto'
import { CheckItem, type CheckStep } from '../../contract/hardware.ts'
import type { RunStep } from '../../contract/run.ts'
import type { WipeStep } from '../../contract/wipe.ts'
import type { PlanInput } from './plan-input.ts'

const HOUR = 3600
/** A large disk that is overwritten at a hundred megabytes each second takes a day for every nine terabytes. */
const WIPE_SECONDS = 96 * HOUR
const SAMPLES = 128

export function planRun({ request, runFiles = [] }: Pick<PlanInput, 'request' | 'runFiles'>): RunStep {
  const { files, inRoot = false, timeoutSeconds = HOUR } = request.run!
  return {
    kind: 'run',
    timeoutSeconds,
    files: [...runFiles],
    scripts: files.filter(({ isScript }) => isScript).map(({ path }) => path),
    inRoot,
    variables: request.variables ?? {},
  }
}

export function planWipe({ jobId, request }: Pick<PlanInput, 'jobId' | 'request'>): WipeStep {
  const { disk, moreDisks, eraseForeignData, wipe } = request
  return {
    kind: 'wipe',
    timeoutSeconds: WIPE_SECONDS,
    disk: disk!,
    ...(moreDisks === undefined ? {} : { moreDisks }),
    eraseForeignData,
    ...(wipe?.method === undefined ? {} : { method: wipe.method }),
    samples: wipe?.samples ?? SAMPLES,
    // Nobody knows a job's id before it is posted; the same at each attempt.
    seed: createHash('sha256').update(`platen wipe\n${jobId}`).digest('hex'),
  }
}

export function planCheck({ request }: Pick<PlanInput, 'request'>): CheckStep {
  const {
    items = EVERYTHING,
    memorySeconds = 120,
    processorSeconds = 60,
    diskSeconds = 120,
    networkSeconds = 10,
    wholeDisks = false,
  } = request.check ?? {}
  return {
    kind: 'check',
    timeoutSeconds: wholeDisks ? WIPE_SECONDS : 24 * HOUR,
    items: [...items],
    memorySeconds,
    processorSeconds,
    diskSeconds,
    wholeDisks,
    networkSeconds,
  }
}

const EVERYTHING: readonly CheckItem[] = CheckItem.anyOf.map((each) => each.const)
