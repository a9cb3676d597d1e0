// How often a machine was sent into the boot OS for the same step of the same job. Pure.

/** Kept with the node, so that a loop is seen across restarts of the appliance. */
export interface BootCount {
  readonly jobId: string
  readonly stepIndex: number
  readonly count: number
  /** When it was counted last, in milliseconds since 1970. */
  readonly at: number
}

/** Left out of the configuration, so many boots: as many as a step is handed out. */
export const MAX_BOOTS_PER_JOB = 5

/** No machine starts twice within this time: the second question is a repeated one. */
export const SAME_BOOT_MS = 2000

/** A job that gets on begins to count anew: a step that is done was worth its boots. */
export function countBoot(known: BootCount | undefined, { jobId, stepIndex, at }: Omit<BootCount, 'count'>): BootCount {
  if (known?.jobId !== jobId || known.stepIndex !== stepIndex) return { jobId, stepIndex, count: 1, at }
  return { jobId, stepIndex, count: at - known.at < SAME_BOOT_MS ? known.count : known.count + 1, at }
}
