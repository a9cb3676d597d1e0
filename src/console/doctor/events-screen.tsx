// What happens, as it happens, since the page was opened.
import { Link } from '@tanstack/react-router'
import { type SeenEvent, useSeenEvents } from '../app/live.ts'
import { titleOfJob } from '../jobs/job-words.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { Screen } from '../parts/screen.tsx'
import { t } from '../words/index.ts'

const COLUMNS: readonly Column<SeenEvent>[] = [
  { key: 'when', head: t.events.columns.when, width: 15, cell: ({ at }) => at.toLocaleTimeString() },
  { key: 'what', head: t.events.columns.what, width: 25, cell: ({ event }) => <span className="pl-mono">{event.type}</span> },
  { key: 'about', head: t.events.columns.about, cell: (seen) => <About seen={seen} /> },
]

export function EventsScreen() {
  const seen = useSeenEvents()
  return (
    <Screen title={t.events.title}>
      <DataTable
        label={t.events.title}
        columns={COLUMNS}
        rows={seen}
        keyOf={({ id }) => String(id)}
        empty={{ title: t.events.waiting }}
      />
    </Screen>
  )
}

function About({ seen: { event } }: { readonly seen: SeenEvent }) {
  const { node, job, name, reason } = event
  return (
    <>
      {node === undefined ? undefined : (
        <Link to="/nodes/$node" params={{ node: node.id }}>
          {node.name}
        </Link>
      )}
      {job === undefined ? undefined : (
        <Link to="/jobs/$job" params={{ job: job.id }}>
          {[titleOfJob(job), job.nodeName, t.jobStates[job.state]].filter((word) => word !== undefined).join(', ')}
        </Link>
      )}
      {name}
      {reason === undefined ? undefined : ` ${reason}`}
    </>
  )
}
