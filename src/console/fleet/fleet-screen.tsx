// All nodes: what each is, runs and does; filters stand in the address, so that a view can be kept and sent to others.
import { ToggleGroup, ToggleGroupItem } from '@patternfly/react-core'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { type FleetSearch, fleetRoute } from '../app/router.tsx'
import { useNow } from '../parts/clock.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { ago } from '../parts/format.ts'
import { JobBar } from '../parts/job-bar.tsx'
import { NodeState } from '../parts/pills.tsx'
import { Asked, Screen } from '../parts/screen.tsx'
import type { Sort } from '../parts/sort.ts'
import { FirstRun } from '../start/first-run.tsx'
import { t } from '../words/index.ts'
import { BulkBar } from './bulk-bar.tsx'
import { type FleetRow, fits } from './filter.ts'
import { FilterBar } from './filter-bar.tsx'
import { Racks } from './racks.tsx'
import { useFleetRows } from './rows.ts'

export function FleetScreen() {
  const search = fleetRoute.useSearch()
  const navigate = fleetRoute.useNavigate()
  const rows = useFleetRows()
  const change = (next: Partial<FleetSearch>) =>
    void navigate({ search: (old) => ({ ...old, ...next }) as FleetSearch, replace: true })
  const toggle = (
    <ToggleGroup aria-label={t.fleet.view} isCompact>
      <ToggleGroupItem
        text={t.fleet.table}
        isSelected={search.view === undefined}
        onChange={() => change({ view: undefined } as never)}
      />
      <ToggleGroupItem text={t.fleet.racks} isSelected={search.view === 'racks'} onChange={() => change({ view: 'racks' })} />
    </ToggleGroup>
  )
  return (
    <Screen title={t.fleet.title} actions={toggle}>
      <Asked of={rows}>
        {(all) => (all.length === 0 ? <FirstRun /> : <Fleet all={all} search={search} onChange={change} />)}
      </Asked>
    </Screen>
  )
}

interface FleetProps {
  readonly all: readonly FleetRow[]
  readonly search: FleetSearch
  readonly onChange: (next: Partial<FleetSearch>) => void
}

function Fleet({ all, search, onChange }: FleetProps) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const columns = useColumns()
  const shown = useMemo(() => all.filter((row) => fits(row, search)), [all, search])
  const sort: Sort = { by: search.by ?? 'name', direction: search.down === true ? 'desc' : 'asc' }
  const chosen = shown.filter(({ node }) => selected.has(node.id))
  const toggle = (id: string, isSelected: boolean) => {
    const next = new Set(selected)
    if (isSelected) next.add(id)
    else next.delete(id)
    setSelected(next)
  }
  return (
    <>
      <FilterBar all={all} shown={shown.length} search={search} onChange={onChange} />
      {chosen.length === 0 ? undefined : <BulkBar nodes={chosen.map(({ node }) => node)} onDone={() => setSelected(new Set())} />}
      {search.view === 'racks' ? (
        <Racks rows={shown} />
      ) : (
        <DataTable
          label={t.fleet.title}
          columns={columns}
          rows={shown}
          keyOf={({ node }) => node.id}
          sort={sort}
          onSort={({ by, direction }) => onChange({ by, down: direction === 'desc' })}
          empty={{ title: t.fleet.noMatch, hint: t.fleet.noMatchHint }}
          selection={{
            has: (key) => selected.has(key),
            toggle,
            toggleAll: (isSelected) => setSelected(isSelected ? new Set(shown.map(({ node }) => node.id)) : new Set()),
            nameOf: ({ node }) => node.name,
          }}
        />
      )}
    </>
  )
}

function useColumns(): readonly Column<FleetRow>[] {
  const now = useNow()
  return useMemo(
    () => [
      {
        key: 'name',
        head: t.fleet.columns.name,
        sortBy: ({ node }) => node.name,
        cell: ({ node }) => (
          <Link to="/nodes/$node" params={{ node: node.id }}>
            {node.name}
          </Link>
        ),
      },
      {
        key: 'state',
        isFit: true,
        head: t.fleet.columns.state,
        sortBy: ({ node }) => node.state,
        cell: ({ node }) => <NodeState node={node} />,
      },
      {
        key: 'class',
        head: t.fleet.columns.nodeClass,
        isMinor: true,
        sortBy: (row) => row.classes.join(),
        cell: (row) => row.classes.join(', '),
      },
      {
        key: 'runs',
        isFit: true,
        head: t.fleet.columns.runs,
        isMinor: true,
        sortBy: ({ node: { installed } }) => (installed === undefined ? '' : `${installed.imageName}@${installed.version}`),
        cell: (row) => <Runs row={row} />,
      },
      {
        key: 'doing',
        head: t.fleet.columns.doing,
        width: 20,
        sortBy: ({ activity }) => activity.job?.status.percent ?? activity.kind,
        cell: ({ activity }) => (activity.job === undefined ? t.activities[activity.kind] : <JobBar job={activity.job} />),
      },
      {
        key: 'place',
        head: t.fleet.columns.place,
        isMinor: true,
        sortBy: ({ node }) => node.location ?? '',
        cell: ({ node }) => node.location,
      },
      {
        key: 'mac',
        isFit: true,
        head: t.fleet.columns.mac,
        isMinor: 'wide',
        sortBy: ({ node }) => node.bootMacs[0] ?? '',
        cell: ({ node }) => <span className="pl-mono">{node.bootMacs[0]}</span>,
      },
      {
        key: 'seen',
        isFit: true,
        head: t.fleet.columns.seen,
        isMinor: true,
        sortBy: ({ node }) => -Date.parse(node.lastSeenAt),
        cell: ({ node }) => ago(node.lastSeenAt, now),
      },
    ],
    [now],
  )
}

function Runs({ row: { node, wants } }: { readonly row: FleetRow }) {
  const { installed } = node
  return (
    <>
      {installed === undefined ? <span className="pl-dim">–</span> : `${installed.imageName}@${installed.version}`}
      {wants === undefined ? undefined : <div className="pl-dim">{t.fleet.wants(wants)}</div>}
    </>
  )
}
