// How rows are ordered. Pure.
export interface Sort {
  readonly by: string
  readonly direction: 'asc' | 'desc'
}

// rack2 before rack10, as people count.
const words = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

export function sorted<R>(rows: readonly R[], by: (row: R) => string | number, direction: Sort['direction']): R[] {
  const sign = direction === 'asc' ? 1 : -1
  const keyed = rows.map((row) => [by(row), row] as const)
  keyed.sort(([a], [b]) => sign * (typeof a === 'number' && typeof b === 'number' ? a - b : words.compare(String(a), String(b))))
  return keyed.map(([, row]) => row)
}
