// What two people may edit at the same time: its edition is an ETag of what people set, and an edit may name the one that it is of. Pure.
// What machines change by themselves (when one was last seen) makes no new edition.
import { NodeClass } from '../operator-api.ts'
import { Schedule } from '../schedules.ts'

export interface Edition {
  /** The operation that shows it; an edit of the same path answers what this one answers. */
  readonly read: string
  readonly edits: readonly string[]
  /** The fields that people set. */
  readonly fields: readonly string[]
}

export const EDITIONS: readonly Edition[] = [
  {
    read: 'getNode',
    edits: ['changeNode'],
    fields: ['name', 'tags', 'configTypes', 'location', 'notes', 'localBoot.pinned'],
  },
  { read: 'getWanted', edits: ['setWanted'], fields: ['own'] },
  { read: 'getClass', edits: ['setClass', 'removeClass'], fields: Object.keys(NodeClass.properties) },
  { read: 'getSchedule', edits: ['setSchedule', 'removeSchedule'], fields: Object.keys(Schedule.properties) },
  ...['Function', 'Distribution', 'DistributionProfile', 'Template', 'ConfigurationFile', 'SiteDefinition'].map((name) => ({
    read: `get${name}`,
    edits: [`set${name}`, `remove${name}`],
    fields: ['object'],
  })),
]

const byCall = new Map(EDITIONS.flatMap((edition) => [edition.read, ...edition.edits].map((call) => [call, edition] as const)))

export const editionOf = (operationId: string): Edition | undefined => byCall.get(operationId)
export const isEdit = (operationId: string): boolean => byCall.get(operationId)?.edits.includes(operationId) ?? false
