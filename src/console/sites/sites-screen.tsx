// The sites that follow this appliance, and the stop for what comes to them.
import { Alert, Button, Label } from '@patternfly/react-core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Schema } from '../../client/index.ts'
import { useNow } from '../parts/clock.ts'
import { Consent } from '../parts/consent.tsx'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { ago } from '../parts/format.ts'
import { Asked, Screen } from '../parts/screen.tsx'
import { tellDone, tellRefused } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'
import { setUpdates, useSites } from './do-sites.ts'
import { type Site, standingOf, storeOf } from './site-words.ts'

export function SitesScreen() {
  const sites = useSites()
  const now = useNow()
  return (
    <Screen
      title={t.sites.title}
      actions={sites.data === undefined || sites.data.sites.length === 0 ? undefined : <Updates updates={sites.data.updates} />}
    >
      <Asked of={sites}>
        {({ sites: all, updates }) => (
          <>
            {updates.isStopped ? <Alert isInline variant="warning" title={t.sites.stopped} component="p" /> : undefined}
            {updates.rings.length === 0 ? undefined : <p className="pl-dim">{t.sites.rings(updates.rings.join(', '))}</p>}
            <DataTable
              label={t.sites.title}
              columns={columnsAt(now)}
              rows={all}
              keyOf={({ name }) => name}
              empty={{ title: t.sites.none, hint: t.sites.noneHint }}
            />
          </>
        )}
      </Asked>
    </Screen>
  )
}

const columnsAt = (now: number): readonly Column<Site>[] => [
  {
    key: 'name',
    head: t.sites.columns.name,
    width: 30,
    cell: ({ name }) => (
      <Link to="/sites/$site" params={{ site: name }}>
        {name}
      </Link>
    ),
  },
  {
    key: 'standing',
    head: t.sites.columns.standing,
    cell: (site) => {
      const { tone, words } = standingOf(site)
      return (
        <Label isCompact color={tone} title={words}>
          {words}
        </Label>
      )
    },
  },
  { key: 'ring', isFit: true, isMinor: true, head: t.sites.columns.ring, cell: ({ ring }) => ring },
  { key: 'version', isFit: true, isMinor: true, head: t.sites.columns.version, cell: ({ version }) => version },
  { key: 'nodes', isFit: true, isMinor: true, head: t.sites.columns.nodes, cell: ({ nodeCount }) => nodeCount },
  {
    key: 'drift',
    isFit: true,
    isMinor: true,
    head: t.sites.columns.drift,
    cell: ({ drifted, nodeCount }) =>
      nodeCount === undefined ? undefined : drifted.length === 0 ? t.common.none : t.sites.drifted(drifted.length),
  },
  { key: 'store', isFit: true, isMinor: 'wide', head: t.sites.columns.store, cell: storeOf },
  {
    key: 'contact',
    isFit: true,
    head: t.sites.columns.contact,
    cell: ({ isConnected, lastContactAt }) =>
      isConnected ? t.sites.connected : lastContactAt === undefined ? t.access.never : ago(lastContactAt, now),
  },
]

function Updates({ updates }: { readonly updates: Schema<'SiteUpdates'> }) {
  const [isAsked, setAsked] = useState(false)
  const set = async (isStopped: boolean) => {
    await setUpdates({ ...updates, isStopped })
    tellDone(isStopped ? t.sites.stopDone : t.sites.goDone)
  }
  if (updates.isStopped) {
    return (
      <Button onClick={() => void set(false).catch((error: unknown) => tellRefused(t.actions.refused(t.sites.go), error))}>
        {t.sites.go}
      </Button>
    )
  }
  return (
    <>
      <Button variant="danger" onClick={() => setAsked(true)}>
        {t.sites.stop}
      </Button>
      {isAsked ? (
        <Consent title={t.sites.stop} action={t.sites.stop} run={() => set(true)} onClose={() => setAsked(false)}>
          {t.sites.stopText}
        </Consent>
      ) : undefined}
    </>
  )
}
