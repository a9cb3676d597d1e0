// Two lists of files -> what was added, removed, changed. Pure; whether contents of equal size differ is asked for.
import type { TreeEntry } from './walk-tree.ts'

export interface FileChange {
  readonly path: string
  readonly change: 'added' | 'removed' | 'changed'
  readonly sizeBefore: number
  readonly sizeAfter: number
}

export type Tree = ReadonlyMap<string, TreeEntry>

/** Files of both whose times differ but whose facts are the same: only their content can tell. */
export function doubtfulFiles(before: Tree, after: Tree): string[] {
  return [...after]
    .filter(([path, now]) => {
      const old = before.get(path)
      return old !== undefined && now.kind === 'file' && factsOf(old) === factsOf(now) && old.times !== now.times
    })
    .map(([path]) => path)
}

/** In the order of their paths. differing: of the doubtful ones, those with other content. */
export function compareTrees(before: Tree, after: Tree, differing: ReadonlySet<string>): FileChange[] {
  const changes: FileChange[] = []
  for (const [path, old] of before) {
    if (!after.has(path)) changes.push({ path, change: 'removed', sizeBefore: old.sizeBytes, sizeAfter: 0 })
  }
  for (const [path, now] of after) {
    const old = before.get(path)
    if (old === undefined) changes.push({ path, change: 'added', sizeBefore: 0, sizeAfter: now.sizeBytes })
    else if (factsOf(old) !== factsOf(now) || differing.has(path))
      changes.push({ path, change: 'changed', sizeBefore: old.sizeBytes, sizeAfter: now.sizeBytes })
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Everything that a person would call a change, but for times and content. */
const factsOf = ({ kind, sizeBytes, mode, owner, target }: TreeEntry): string =>
  [kind, sizeBytes, mode, owner, target ?? ''].join('\n')
