// One site: how it stands, what is wrong there, what it needs and why, its nodes, what happened.
import { Alert, Button, Label, List, ListItem } from '@patternfly/react-core'
import type { Schema } from '../../client/index.ts'
import { siteRoute } from '../app/router.tsx'
import { useNow } from '../parts/clock.ts'
import { DataTable } from '../parts/data-table.tsx'
import { Facts } from '../parts/facts.tsx'
import { ago, bytes, instant } from '../parts/format.ts'
import { Asked, PartTitle, Screen } from '../parts/screen.tsx'
import { tellDone, tellRefused } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'
import { resumeSite, useSite, useSitePlan } from './do-sites.ts'
import { standingOf, storeOf } from './site-words.ts'

type Detail = Schema<'SiteDetail'>

export function SiteScreen() {
  const { site } = siteRoute.useParams()
  return <Asked of={useSite(site)}>{(detail) => <OneSite key={site} site={detail} />}</Asked>
}

function OneSite({ site }: { readonly site: Detail }) {
  const now = useNow()
  const { tone, words } = standingOf(site)
  return (
    <Screen
      title={site.name}
      beside={<Label color={tone}>{words}</Label>}
      actions={site.isAhead ? <Resume name={site.name} /> : undefined}
    >
      {site.failures.map(({ kind, name, version, code, message }) => (
        <Alert key={`${kind} ${name} ${version}`} isInline variant="danger" title={message} component="p">
          {`${kind} ${name}${version === undefined ? '' : ` ${version}`} `}
          <code>{code}</code>
        </Alert>
      ))}
      <div className="pl-grid pl-gap">
        <Facts
          title={t.sites.follows}
          facts={[
            [t.sites.columns.contact, site.isConnected ? t.sites.connected : site.lastContactAt && ago(site.lastContactAt, now)],
            [t.sites.columns.ring, site.ring],
            [t.sites.offered, t.sites.items(site.itemCount, bytes(site.offeredBytes))],
            [t.sites.held, site.heldCount],
            [t.sites.current, site.current],
            [t.sites.window, site.policy.window],
            [
              t.sites.rate,
              site.policy.maxBytesPerSecond === undefined ? undefined : t.sites.perSecond(bytes(site.policy.maxBytesPerSecond)),
            ],
            [t.sites.publishes, site.policy.mayPublish ? t.sites.yes : undefined],
            [t.sites.joined, site.joinedAt && instant(site.joinedAt)],
          ]}
        />
        {site.reportedAt === undefined ? undefined : (
          <Facts
            title={t.sites.appliance}
            facts={[
              [t.sites.columns.version, site.version],
              [t.sites.columns.store, storeOf(site)],
              [t.sites.images, site.imageVersions],
              [t.sites.jobs, site.runningJobs],
              [t.sites.columns.nodes, site.nodeCount],
              [t.sites.columns.drift, site.drifted.join(', ')],
              [t.sites.reported, ago(site.reportedAt, now)],
            ]}
          />
        )}
      </div>
      <PartTitle>{t.sites.plan}</PartTitle>
      <Plan name={site.name} />
      <PartTitle>{t.sites.journal}</PartTitle>
      <DataTable
        label={t.sites.journal}
        rows={site.journal.toReversed()}
        keyOf={({ seq }) => String(seq)}
        empty={{ title: t.sites.noJournal }}
        columns={[
          { key: 'at', isFit: true, head: t.events.columns.when, cell: ({ at }) => instant(at) },
          { key: 'what', head: t.events.columns.what, cell: ({ what }) => what, width: 25 },
          { key: 'about', head: t.events.columns.about, cell: ({ about, detail }) => [about, detail].filter(Boolean).join(': ') },
        ]}
      />
    </Screen>
  )
}

function Plan({ name }: { readonly name: string }) {
  return (
    <Asked of={useSitePlan(name)}>
      {(plan) =>
        plan === null ? (
          <p className="pl-dim">{t.sites.noPlan(name)}</p>
        ) : (
          <>
            {plan.lacks.length === 0 ? undefined : (
              <Alert isInline variant="warning" title={t.sites.lacks} component="h3">
                <List isPlain>
                  {plan.lacks.map((lack) => (
                    <ListItem key={lack}>{lack}</ListItem>
                  ))}
                </List>
              </Alert>
            )}
            <p>{t.sites.stored(bytes(plan.storedBytes), bytes(plan.unsharedBytes))}</p>
            <DataTable
              label={t.sites.plan}
              rows={plan.items}
              keyOf={({ kind, name: item, version }) => `${kind} ${item} ${version}`}
              empty={{ title: t.common.none }}
              columns={[
                { key: 'kind', isFit: true, head: t.sites.item.kind, cell: ({ kind }) => kind },
                {
                  key: 'name',
                  head: t.sites.item.name,
                  width: 25,
                  cell: ({ name: item, version }) => [item, version].filter(Boolean).join(' '),
                },
                { key: 'bytes', isFit: true, head: t.sites.item.bytes, cell: (item) => bytes(item.storedBytes ?? item.bytes) },
                { key: 'why', isMinor: true, head: t.sites.item.why, width: 40, cell: ({ why }) => why.join('; ') },
              ]}
            />
          </>
        )
      }
    </Asked>
  )
}

function Resume({ name }: { readonly name: string }) {
  const run = async () => {
    try {
      await resumeSite(name)
      tellDone(t.actions.done(t.sites.resume))
    } catch (error) {
      tellRefused(t.actions.refused(t.sites.resume), error)
    }
  }
  return (
    <Button variant="secondary" onClick={() => void run()}>
      {t.sites.resume}
    </Button>
  )
}
