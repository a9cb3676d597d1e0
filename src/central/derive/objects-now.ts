// All that central keeps at one moment, by kind and name, as the stages of this folder read it. Pure.
import type { CentralObject, ObjectKind } from '../../contract/central/objects.ts'
import type { NewApprovalRule, NodeClass } from '../../contract/operator-api.ts'

export type ObjectOf<K extends ObjectKind> = Extract<CentralObject, { readonly kind: K }>

export interface KeptObject {
  readonly object: CentralObject
  /** Grows by one with each change of the object. */
  readonly version: number
}

export interface ObjectsNow {
  find<K extends ObjectKind>(kind: K, name: string): ObjectOf<K> | undefined
  /** By name. */
  list<K extends ObjectKind>(kind: K): readonly ObjectOf<K>[]
  versionOf(kind: ObjectKind, name: string): number | undefined
  readonly classes: readonly NodeClass[]
  readonly rules: readonly SharedRule[]
}

export type SharedRule = NewApprovalRule & { readonly id: string }

export interface Others {
  readonly classes?: readonly NodeClass[]
  readonly rules?: readonly SharedRule[]
}

export function objectsNow(kept: Iterable<KeptObject>, { classes = [], rules = [] }: Others = {}): ObjectsNow {
  const all = [...kept].sort((a, b) => (a.object.name < b.object.name ? -1 : 1))
  const byKey = new Map(all.map((each) => [keyOf(each.object), each]))
  return {
    find: <K extends ObjectKind>(kind: K, name: string) => byKey.get(`${kind}/${name}`)?.object as ObjectOf<K> | undefined,
    list: <K extends ObjectKind>(kind: K) =>
      all.flatMap(({ object }) => (object.kind === kind ? [object] : [])) as unknown as readonly ObjectOf<K>[],
    versionOf: (kind, name) => byKey.get(`${kind}/${name}`)?.version,
    classes,
    rules,
  }
}

export const keyOf = ({ kind, name }: Pick<CentralObject, 'kind' | 'name'>): string => `${kind}/${name}`
