// One node: what it is, what it runs, what it does, and the buttons that people come for.
import { Alert, Tab, Tabs, TabTitleText } from '@patternfly/react-core'
import { useState } from 'react'
import { type NodeView, useNodes } from '../app/api.ts'
import { nodeRoute } from '../app/router.tsx'
import { useFleetRows } from '../fleet/rows.ts'
import { LogView } from '../jobs/log-view.tsx'
import { NodeState } from '../parts/pills.tsx'
import { Asked, Screen } from '../parts/screen.tsx'
import { t } from '../words/index.ts'
import { BootsTab } from './boots-tab.tsx'
import { InventoryTab } from './inventory-tab.tsx'
import { NodeActions } from './node-actions.tsx'
import { NodeJobs } from './node-jobs.tsx'
import { OverviewTab } from './overview-tab.tsx'

export function NodeScreen() {
  const { node: wanted } = nodeRoute.useParams()
  const nodes = useNodes()
  return (
    <Asked of={nodes}>
      {(all) => {
        const node = all.find(({ id, name }) => id === wanted || name === wanted)
        if (node !== undefined) return <OneNode key={node.id} node={node} />
        return <Alert variant="warning" isInline title={t.node.notFound(wanted)} component="h1" />
      }}
    </Asked>
  )
}

function OneNode({ node }: { readonly node: NodeView }) {
  const [tab, setTab] = useState<string | number>('overview')
  const row = useFleetRows().data?.find((each) => each.node.id === node.id)
  const jobId = row?.activity.job?.id
  return (
    <Screen title={node.name} beside={<NodeState node={node} />} actions={<NodeActions node={node} />}>
      <Tabs activeKey={tab} onSelect={(_event, key) => setTab(key)} aria-label={node.name}>
        <Tab eventKey="overview" title={<TabTitleText>{t.node.overview}</TabTitleText>}>
          {row === undefined ? undefined : <OverviewTab row={row} />}
        </Tab>
        <Tab eventKey="jobs" title={<TabTitleText>{t.node.jobs}</TabTitleText>}>
          {tab === 'jobs' ? <NodeJobs node={node} /> : undefined}
        </Tab>
        <Tab eventKey="boots" title={<TabTitleText>{t.boots.tab}</TabTitleText>}>
          {tab === 'boots' ? <BootsTab node={node} /> : undefined}
        </Tab>
        <Tab eventKey="inventory" title={<TabTitleText>{t.node.inventory}</TabTitleText>}>
          {tab === 'inventory' ? <InventoryTab node={node} /> : undefined}
        </Tab>
        <Tab eventKey="log" title={<TabTitleText>{t.node.log}</TabTitleText>}>
          {tab !== 'log' ? undefined : jobId === undefined ? <p>{t.node.noJob}</p> : <LogView jobId={jobId} isRunning />}
        </Tab>
      </Tabs>
    </Screen>
  )
}
