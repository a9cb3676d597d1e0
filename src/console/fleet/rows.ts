// The rows of the fleet, from the lists of the appliance.
import { useMemo } from 'react'
import { type JobView, type NodeClassView, type NodeView, useClasses, useJobs, useNodes } from '../app/api.ts'
import { t } from '../words/index.ts'
import { activityOf } from './activity.ts'
import type { FleetRow } from './filter.ts'

export function useFleetRows() {
  const nodes = useNodes()
  const jobs = useJobs()
  const classes = useClasses()
  const data = useMemo(
    () => (nodes.data === undefined ? undefined : rowsOf(nodes.data, jobs.data ?? [], classes.data ?? [])),
    [nodes.data, jobs.data, classes.data],
  )
  return { data, error: nodes.error }
}

export function rowsOf(
  nodes: readonly NodeView[],
  jobs: readonly JobView[],
  classes: readonly NodeClassView[],
): readonly FleetRow[] {
  const jobsById = new Map(jobs.map((job) => [job.id, job]))
  const classesOf = new Map<string, string[]>()
  const wants = new Map<string, string>()
  for (const each of classes) {
    for (const name of each.nodes) classesOf.set(name, [...(classesOf.get(name) ?? []), each.name])
    for (const { node } of each.behind) wants.set(node, wantedOf(each))
  }
  return nodes.map((node) => {
    const wanted = wants.get(node.name)
    return {
      node,
      activity: activityOf(node, jobsById),
      classes: classesOf.get(node.name) ?? [],
      ...(wanted === undefined ? {} : { wants: wanted }),
    }
  })
}

/** "web@3", or "web@3 on x64, web-arm@2 on arm64". */
export function wantedOf({ means }: NodeClassView): string {
  if (means.length === 0) return t.classes.nothing
  return means
    .map(({ architecture, image, version }) => {
      const what = version === undefined ? image : `${image}@${version}`
      return architecture === undefined ? what : `${what} (${architecture})`
    })
    .join(', ')
}
