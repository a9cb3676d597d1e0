// How often a machine came into the boot OS and asked for the same step of the same job. Pure. A boot counts when its agent claims:
// whoever only asks for a boot script has booted nothing.

/** Kept with the node, so that a loop is seen across restarts of the appliance. */
export interface BootCount {
  readonly jobId: string
  readonly stepIndex: number
  readonly count: number
  /** The boot that was counted last. Left out: kept by an older version. */
  readonly boot?: string
}

/** Left out of the configuration, so many boots: as many as a step is handed out. */
export const MAX_BOOTS_PER_JOB = 5

/** No machine starts twice within this time: the second question for a script is a repeated one. */
export const SAME_BOOT_MS = 2000

/** A job that gets on begins to count anew: a step that is done was worth its boots. */
export function countBoot(
  known: BootCount | undefined,
  { jobId, stepIndex, boot }: Required<Omit<BootCount, 'count'>>,
): BootCount {
  if (known?.jobId !== jobId || known.stepIndex !== stepIndex) return { jobId, stepIndex, count: 1, boot }
  return { jobId, stepIndex, count: known.boot === boot ? known.count : known.count + 1, boot }
}
