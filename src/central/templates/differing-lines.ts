// What differs between two texts, line by line, as a unified diff has it. Pure.
import { formatPatch, OMIT_HEADERS, structuredPatch } from 'diff'

/** Two texts that have nothing in common cost this much at most; then all of both is told. */
const MOST_MS = 500

/** Without the names of files; none: they are equal. */
export function differingLines(has: string, wanted: string): readonly string[] {
  if (has === wanted) return []
  const patch = structuredPatch('', '', has, wanted, '', '', { context: 3, timeout: MOST_MS })
  if (patch === undefined) return [...has.split('\n').map((line) => `-${line}`), ...wanted.split('\n').map((line) => `+${line}`)]
  return formatPatch(patch, OMIT_HEADERS).trimEnd().split('\n')
}
