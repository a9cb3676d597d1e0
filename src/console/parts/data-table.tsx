// A table for a handful of rows or for thousands: it sorts by its heads, and draws only the rows that are in view.
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useMemo, useRef } from 'react'
import { t } from '../words/index.ts'
import { Empty } from './empty.tsx'
import { type Sort, sorted } from './sort.ts'

export interface Column<R> {
  readonly key: string
  readonly head: string
  readonly cell: (row: R) => ReactNode
  /** Left out: rows cannot be sorted by it. */
  readonly sortBy?: (row: R) => string | number
  /** Left out on narrow screens, or on all but wide ones. */
  readonly isMinor?: boolean | 'wide'
  readonly width?: 10 | 15 | 20 | 25 | 30 | 35 | 40
  /** As wide as its content: states, figures, buttons. Left out: cut off with dots. */
  readonly isFit?: boolean
}

interface DataTableProps<R> {
  readonly label: string
  readonly columns: readonly Column<R>[]
  readonly rows: readonly R[]
  readonly keyOf: (row: R) => string
  readonly sort?: Sort | undefined
  readonly onSort?: (sort: Sort) => void
  readonly empty: { readonly title: string; readonly hint?: string }
  readonly selection?: {
    readonly has: (key: string) => boolean
    readonly toggle: (key: string, isSelected: boolean) => void
    readonly toggleAll: (isSelected: boolean) => void
    readonly nameOf: (row: R) => string
  }
  readonly rowProps?: (row: R) => object
}

const ROW_PX = 45
/** Fewer rows are drawn as they are. */
const VIRTUAL_FROM = 80

export function DataTable<R>({ label, columns, rows, keyOf, sort, onSort, empty, selection, rowProps }: DataTableProps<R>) {
  const scroller = useRef<HTMLDivElement>(null)
  const ordered = useMemo(() => {
    const by = columns.find(({ key }) => key === sort?.by)?.sortBy
    return by === undefined || sort === undefined ? rows : sorted(rows, by, sort.direction)
  }, [rows, columns, sort])
  const isVirtual = ordered.length >= VIRTUAL_FROM
  const virtual = useVirtualizer({
    count: isVirtual ? ordered.length : 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  })
  if (rows.length === 0) return <Empty {...empty} />
  const items = virtual.getVirtualItems()
  const shown = isVirtual
    ? items.map(({ index }) => [index, ordered[index]!] as const)
    : ordered.map((row, n) => [n, row] as const)
  const above = isVirtual ? (items[0]?.start ?? 0) : 0
  const below = isVirtual ? virtual.getTotalSize() - (items.at(-1)?.end ?? 0) : 0
  const span = columns.length + (selection === undefined ? 0 : 1)
  return (
    <section
      ref={scroller}
      className={isVirtual ? 'pl-scroller' : 'pl-scroller pl-scroller-short'}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
      tabIndex={0}
      aria-label={label}
    >
      <Table aria-label={label} aria-rowcount={ordered.length + 1} variant="compact" isStickyHeader gridBreakPoint="">
        <Thead>
          <Tr aria-rowindex={1}>
            {selection === undefined ? undefined : (
              <Th
                aria-label={t.common.selectAll}
                select={{
                  onSelect: (_event, isSelected) => selection.toggleAll(isSelected),
                  isSelected: ordered.every((row) => selection.has(keyOf(row))),
                }}
              />
            )}
            {columns.map((column, n) => (
              <Th
                key={column.key}
                {...(column.width === undefined ? {} : { width: column.width })}
                className={classOf(column)}
                modifier="nowrap"
                {...(column.sortBy === undefined || onSort === undefined
                  ? {}
                  : {
                      sort: {
                        columnIndex: n,
                        sortBy: { index: columns.findIndex(({ key }) => key === sort?.by), direction: sort?.direction ?? 'asc' },
                        onSort: (_event, _index, direction) => onSort({ by: column.key, direction }),
                      },
                    })}
              >
                {column.head}
              </Th>
            ))}
          </Tr>
        </Thead>
        <Tbody>
          <Gap px={above} span={span} />
          {shown.map(([index, row]) => {
            const key = keyOf(row)
            return (
              <Tr key={key} aria-rowindex={index + 2} {...rowProps?.(row)}>
                {selection === undefined ? undefined : (
                  <Td
                    select={
                      {
                        rowIndex: index,
                        onSelect: (_event: unknown, isSelected: boolean) => selection.toggle(key, isSelected),
                        isSelected: selection.has(key),
                        'aria-label': t.common.select(selection.nameOf(row)),
                      } as never
                    }
                  />
                )}
                {columns.map((column) => (
                  <Td
                    key={column.key}
                    dataLabel={column.head}
                    className={classOf(column)}
                    modifier={column.isFit === true ? 'nowrap' : 'truncate'}
                  >
                    {column.cell(row)}
                  </Td>
                ))}
              </Tr>
            )
          })}
          <Gap px={below} span={span} />
        </Tbody>
      </Table>
    </section>
  )
}

function classOf({ isMinor }: Pick<Column<never>, 'isMinor'>): string {
  if (isMinor === 'wide') return 'pl-wide'
  return isMinor === true ? 'pl-minor' : ''
}

/** The room of rows that are not drawn. */
function Gap({ px, span }: { readonly px: number; readonly span: number }) {
  if (px <= 0) return null
  return (
    <tr>
      <td colSpan={span} style={{ height: px, padding: 0 }} />
    </tr>
  )
}
