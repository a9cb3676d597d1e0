// How long it took to bring a version to a node the last time. Pure.
import type { JobView } from '../app/api.ts'

/** undefined: it was never done, or no longer known. */
export function lastDeploySeconds(
  jobs: readonly JobView[],
  nodeId: string,
  imageName: string,
  version: number,
): number | undefined {
  const done = jobs.filter(
    (job) =>
      job.state === 'succeeded' &&
      job.nodeId === nodeId &&
      job.request.kind === 'deploy' &&
      job.imageName === imageName &&
      job.request.version === version,
  )
  const seconds = done.flatMap(({ status: { startedAt, completedAt } }) =>
    startedAt === undefined || completedAt === undefined
      ? []
      : [[completedAt, (Date.parse(completedAt) - Date.parse(startedAt)) / 1000] as const],
  )
  return seconds.toSorted(([a], [b]) => a.localeCompare(b)).at(-1)?.[1]
}
