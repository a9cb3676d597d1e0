// Which objects name an object. Pure.
import type { CentralObject, ObjectKind } from '../../contract/central/objects.ts'
import { kindWord } from './object-words.ts'

/** "site paris", in the order of what is given. */
export function usersOf(kind: ObjectKind, name: string, objects: readonly CentralObject[]): readonly string[] {
  return objects.filter((each) => names(each, kind).includes(name)).map((each) => `${kindWord(each.kind)} ${each.name}`)
}

/** The objects of a kind that an object names. */
function names(object: CentralObject, kind: ObjectKind): readonly string[] {
  switch (object.kind) {
    case 'function':
    case 'distribution':
      if (kind === 'template') return object.templates ?? []
      return kind === 'file' ? (object.files ?? []) : []
    case 'distribution-profile': {
      const { entries = [], default: fallback } = object
      if (kind === 'function') return entries.map((each) => each.function)
      if (kind !== 'distribution') return []
      return [...entries.map(({ distribution }) => distribution), ...(fallback === undefined ? [] : [fallback])]
    }
    case 'site':
      return kind === 'function' ? (object.functions ?? []).map((each) => each.name) : []
    case 'template':
    case 'file':
      return []
  }
}
