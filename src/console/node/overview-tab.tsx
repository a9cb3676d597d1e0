// What a node is, runs and does.
import { Alert, Label, LabelGroup } from '@patternfly/react-core'
import { Link } from '@tanstack/react-router'
import type { FleetRow } from '../fleet/filter.ts'
import { titleOfJob } from '../jobs/job-words.ts'
import { useNow } from '../parts/clock.ts'
import { Facts } from '../parts/facts.tsx'
import { ago, instant } from '../parts/format.ts'
import { JobBar } from '../parts/job-bar.tsx'
import { t } from '../words/index.ts'

export function OverviewTab({ row: { node, activity, classes, wants } }: { readonly row: FleetRow }) {
  const now = useNow()
  const { installed, localBoot } = node
  return (
    <>
      {node.holdReason === undefined ? undefined : <Alert variant="danger" isInline title={node.holdReason} component="p" />}
      {node.doubt === undefined ? undefined : <Alert variant="warning" isInline title={node.doubt.reason} component="p" />}
      <div className="pl-grid pl-gap">
        <Facts
          title={t.node.whatItRuns}
          facts={[
            [
              t.node.runs,
              installed === undefined ? (
                t.node.nothingInstalled
              ) : (
                <>
                  <Link to="/images/$image" params={{ image: installed.imageName }}>
                    {`${installed.imageName}@${installed.version}`}
                  </Link>{' '}
                  {`${t.node.since} ${instant(installed.at)}`}
                </>
              ),
            ],
            [t.node.classes, classes.join(', ')],
            ['', wants === undefined ? undefined : t.fleet.wants(wants)],
          ]}
        />
        <Facts
          title={t.node.presence}
          facts={[
            [t.fleet.columns.doing, t.activities[activity.kind]],
            [
              t.jobs.columns.job,
              activity.job === undefined ? undefined : (
                <>
                  <Link to="/jobs/$job" params={{ job: activity.job.id }}>
                    {titleOfJob(activity.job)}
                  </Link>
                  <JobBar job={activity.job} isWordy />
                </>
              ),
            ],
            [t.node.address, node.address],
            [t.node.lastSeen, ago(node.lastSeenAt, now)],
            [t.node.firstSeen, instant(node.firstSeenAt)],
          ]}
        />
        <Facts
          title={t.node.whatItIs}
          facts={[
            [t.node.place, node.location],
            [
              t.node.tags,
              node.tags === undefined || node.tags.length === 0 ? undefined : (
                <LabelGroup key="tags" aria-label={t.node.tags} numLabels={20}>
                  {node.tags.map((tag) => (
                    <Label key={tag} isCompact>
                      {tag}
                    </Label>
                  ))}
                </LabelGroup>
              ),
            ],
            [t.node.notes, node.notes],
            [
              t.node.macs,
              <span key="macs" className="pl-mono">
                {node.bootMacs.join(', ')}
              </span>,
            ],
            [t.node.localBoot, localBoot?.order.join(', ')],
          ]}
        />
      </div>
    </>
  )
}
