// Classes: who is in each, what its nodes should run, and which run something else.
import { Button, List, ListItem } from '@patternfly/react-core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { unwrap } from '../../client/index.ts'
import { api, type NodeClassView, useClasses } from '../app/api.ts'
import { wantedOf } from '../fleet/rows.ts'
import { Consent } from '../parts/consent.tsx'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { Asked, Screen } from '../parts/screen.tsx'
import { tellDone } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'
import { selectorWords } from './selector-words.ts'

const COLUMNS: readonly Column<NodeClassView>[] = [
  {
    key: 'name',
    head: t.classes.columns.name,
    width: 20,
    cell: ({ name, title }) => (
      <>
        <Link to="/" search={{ class: name }}>
          {name}
        </Link>
        {title === undefined ? undefined : <div className="pl-dim">{title}</div>}
      </>
    ),
  },
  { key: 'selector', head: t.classes.columns.selector, isMinor: true, cell: ({ selector }) => selectorWords(selector) },
  { key: 'runs', head: t.classes.columns.runs, cell: wantedOf },
  { key: 'nodes', isFit: true, head: t.classes.columns.nodes, cell: ({ nodes }) => nodes.length },
  { key: 'behind', head: t.classes.columns.behind, width: 35, cell: (each) => <Behind of={each} /> },
  { key: 'deploy', isFit: true, head: t.common.actions, cell: (each) => <DeployAll to={each} /> },
]

export function ClassesScreen() {
  return (
    <Screen title={t.classes.title}>
      <Asked of={useClasses()}>
        {(classes) => (
          <DataTable
            label={t.classes.title}
            columns={COLUMNS}
            rows={classes}
            keyOf={({ name }) => name}
            empty={{ title: t.classes.noClasses, hint: t.classes.noClassesHint }}
          />
        )}
      </Asked>
    </Screen>
  )
}

const NAMED = 5

function Behind({ of: { behind, runs } }: { readonly of: NodeClassView }) {
  if (runs === undefined) return null
  if (behind.length === 0) return <span className="pl-dim">{t.classes.allRight}</span>
  return (
    <List isPlain>
      {behind.slice(0, NAMED).map(({ node, runs: other }) => (
        <ListItem key={node}>
          <Link to="/nodes/$node" params={{ node }}>
            {node}
          </Link>
          {`: ${other}`}
        </ListItem>
      ))}
      {behind.length > NAMED ? <ListItem>{`+ ${behind.length - NAMED}`}</ListItem> : undefined}
    </List>
  )
}

function DeployAll({ to }: { readonly to: NodeClassView }) {
  const [isAsked, setAsked] = useState(false)
  const count = to.nodes.length
  if (to.runs === undefined || count === 0) return null
  const run = async () => {
    const { jobs } = await unwrap(
      api.POST('/api/v1/classes/{name}/deploy', { params: { path: { name: to.name } }, body: { nodes: count } as never }),
    )
    tellDone(t.classes.posted(jobs.length))
  }
  return (
    <>
      <Button variant="secondary" size="sm" onClick={() => setAsked(true)} aria-label={`${t.classes.deploy}: ${to.name}`}>
        {t.classes.deploy}
      </Button>
      {isAsked ? (
        <Consent
          title={`${t.classes.deploy}: ${to.name}`}
          action={t.classes.deploy}
          typed={{ label: t.classes.typeCount(count), text: String(count) }}
          run={run}
          onClose={() => setAsked(false)}
        >
          {t.classes.deployText(count, wantedOf(to))}
        </Consent>
      ) : undefined}
    </>
  )
}
