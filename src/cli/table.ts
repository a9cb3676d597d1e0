// Rows of text as columns that a person likes to read. Pure.

export interface TableOptions {
  /** Columns whose values stand to the right: numbers and sizes. */
  readonly right?: readonly number[]
}

/** Without a heading row: pass it as the first row. No space at the end of a line, so that output can be compared and piped. */
export function table(rows: readonly (readonly string[])[], { right = [] }: TableOptions = {}): string {
  const widths: number[] = []
  for (const row of rows)
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length)
    })
  return rows
    .map((row) =>
      row
        .map((cell, column) => (right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
