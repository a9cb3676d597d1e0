// Rows of text as columns that a person likes to read. Pure.

export interface TableOptions {
  /** Columns whose values stand to the right: numbers and sizes. */
  readonly right?: readonly number[]
  /** For whoever prints it: do not cut. */
  readonly wide?: boolean
  /** So many places on a line: longer cells are cut. Left out: none is. */
  readonly width?: number | undefined
  /** How a cell looks; it is measured before. Rows count from 0, the heading. */
  readonly paint?: (cell: string, row: number) => string
}

const GAP = '  '
/** A column is never cut to less than this: a few letters and "…". */
const NARROWEST = 8

/** Without a heading row: pass it as the first row. No space at the end of a line, so that output can be compared and piped. */
export function table(
  rows: readonly (readonly string[])[],
  { right = [], width, paint = (cell) => cell }: TableOptions = {},
): string {
  const widths: number[] = []
  for (const row of rows)
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length)
    })
  const fitting = width === undefined ? widths : narrowed(widths, width)
  return rows
    .map((row, number) =>
      row
        .map((text, column) => {
          const cell = cut(text, fitting[column]!)
          const space = ' '.repeat(fitting[column]! - cell.length)
          const painted = paint(cell, number)
          if (right.includes(column)) return space + painted
          return column === row.length - 1 ? painted : painted + space
        })
        .join(GAP)
        .trimEnd(),
    )
    .join('\n')
}

/** The widest gives first. The first column stays whole: it is what a person types next. */
function narrowed(widths: readonly number[], width: number): readonly number[] {
  const fitting = [...widths]
  let over = fitting.reduce((sum, one) => sum + one, GAP.length * (fitting.length - 1)) - width
  while (over > 0) {
    const widest = Math.max(...fitting.slice(1), 0)
    if (widest <= NARROWEST) break
    fitting[fitting.lastIndexOf(widest) || 1] = widest - 1
    over--
  }
  return fitting
}

const cut = (cell: string, width: number): string => (cell.length <= width ? cell : `${cell.slice(0, width - 1).trimEnd()}…`)
