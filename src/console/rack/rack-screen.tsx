// For one hand and a phone: scan or type, see the node, press one of three buttons.
import { Button, Card, CardBody, CardTitle, SearchInput } from '@patternfly/react-core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { FleetRow } from '../fleet/filter.ts'
import { matches, wordsOfNode } from '../fleet/filter.ts'
import { useFleetRows } from '../fleet/rows.ts'
import { actionsFor, doToNode, nameOfAction } from '../node/do-node.ts'
import { PutBack } from '../node/put-back.tsx'
import { JobBar } from '../parts/job-bar.tsx'
import { NodeState } from '../parts/pills.tsx'
import { Asked, Screen } from '../parts/screen.tsx'
import { tellDone, tellRefused } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'
import { Scanner } from './scanner.tsx'

const LISTED = 8

export function RackScreen() {
  const [text, setText] = useState('')
  return (
    <Screen title={t.rack.title}>
      <div className="pl-narrow">
        <SearchInput
          value={text}
          placeholder={t.rack.serial}
          aria-label={t.rack.serial}
          onChange={(_event, value) => setText(value)}
          onClear={() => setText('')}
          autoFocus
        />
        <Scanner onFound={setText} />
        <Asked of={useFleetRows()}>{(rows) => (text.trim() === '' ? null : <Found rows={rows} text={text.trim()} />)}</Asked>
      </div>
    </Screen>
  )
}

function Found({ rows, text }: { readonly rows: readonly FleetRow[]; readonly text: string }) {
  const found = rows.filter(({ node }) => matches(wordsOfNode(node), text))
  const exact = found.filter(({ node }) => wordsOfNode(node).some((word) => word.toLowerCase() === text.toLowerCase()))
  const [only] = exact.length === 1 ? exact : found.length === 1 ? found : []
  if (only !== undefined) return <OneNode row={only} />
  if (found.length === 0) return <p className="pl-gap">{t.rack.none}</p>
  return (
    <>
      <p className="pl-gap">{t.rack.several}</p>
      <ul>
        {found.slice(0, LISTED).map(({ node }) => (
          <li key={node.id}>
            <Link to="/nodes/$node" params={{ node: node.id }}>
              {node.name}
            </Link>{' '}
            <span className="pl-dim">{node.location}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

function OneNode({ row: { node, activity, wants } }: { readonly row: FleetRow }) {
  const [isPuttingBack, setPuttingBack] = useState(false)
  const run = async (kind: ReturnType<typeof actionsFor>[number]) => {
    try {
      await doToNode(kind, node)
      tellDone(t.actions.done(nameOfAction(kind)))
    } catch (error) {
      tellRefused(t.actions.refused(nameOfAction(kind)), error)
    }
  }
  const { installed } = node
  return (
    <Card className="pl-gap">
      <CardTitle component="h2">
        <Link to="/nodes/$node" params={{ node: node.id }}>
          {node.name}
        </Link>{' '}
        <NodeState node={node} />
      </CardTitle>
      <CardBody>
        <p>{node.location}</p>
        <p>{installed === undefined ? t.node.nothingInstalled : `${t.node.runs} ${installed.imageName}@${installed.version}`}</p>
        {wants === undefined ? undefined : <p>{t.fleet.wants(wants)}</p>}
        {activity.job === undefined ? <p>{t.activities[activity.kind]}</p> : <JobBar job={activity.job} isWordy />}
        <div className="pl-big-buttons pl-gap">
          {node.state === 'approved' ? (
            <Button size="lg" onClick={() => setPuttingBack(true)}>
              {t.actions.putBack}
            </Button>
          ) : undefined}
          {actionsFor(node).map((kind) => (
            <Button key={kind} size="lg" variant="secondary" onClick={() => void run(kind)}>
              {nameOfAction(kind)}
            </Button>
          ))}
        </div>
      </CardBody>
      {isPuttingBack ? <PutBack node={node} onClose={() => setPuttingBack(false)} /> : undefined}
    </Card>
  )
}
