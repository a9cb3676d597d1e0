// The nodes where they stand: one column a place, from what people wrote as location.
import { Card, CardBody, CardTitle } from '@patternfly/react-core'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { percent } from '../parts/format.ts'
import { sorted } from '../parts/sort.ts'
import { t } from '../words/index.ts'
import { toneOf } from './activity.ts'
import type { FleetRow } from './filter.ts'
import { placeOf } from './places.ts'

export function Racks({ rows }: { readonly rows: readonly FleetRow[] }) {
  const racks = useMemo(() => {
    const byRack = Map.groupBy(rows, ({ node }) => placeOf(node.location).rack)
    return sorted([...byRack], ([rack]) => rack, 'asc')
  }, [rows])
  return (
    <div className="pl-racks">
      {racks.map(([rack, inside]) => (
        <Card key={rack} isCompact>
          <CardTitle component="h2">{`${rack || t.fleet.noPlace} (${inside.length})`}</CardTitle>
          <CardBody>
            <ul className="pl-rack">
              {sorted(inside, ({ node }) => placeOf(node.location).unit || node.name, 'asc').map((row) => (
                <li key={row.node.id}>
                  <Unit row={row} />
                </li>
              ))}
            </ul>
          </CardBody>
        </Card>
      ))}
    </div>
  )
}

function Unit({ row: { node, activity, wants } }: { readonly row: FleetRow }) {
  const { job } = activity
  const does = node.state === 'held' || node.state === 'discovered' ? t.states[node.state] : t.activities[activity.kind]
  return (
    <Link
      to="/nodes/$node"
      params={{ node: node.id }}
      className="pl-unit"
      data-tone={toneOf(node, activity, wants !== undefined)}
      title={`${node.name}: ${does}`}
    >
      <span>{node.name}</span>
      <span className="pl-dim">{job === undefined ? placeOf(node.location).unit : percent(job.status.percent)}</span>
    </Link>
  )
}
