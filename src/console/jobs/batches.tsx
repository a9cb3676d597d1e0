// Batches: each as a grid of products and configurations, with the state of every build.
import { Card, CardBody, CardTitle } from '@patternfly/react-core'
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { JobView } from '../app/api.ts'
import { Empty } from '../parts/empty.tsx'
import { instant, percent } from '../parts/format.ts'
import { JobState } from '../parts/pills.tsx'
import { t } from '../words/index.ts'
import { type BatchGrid, batchGrids, fieldOf } from './batch-grid.ts'

export function Batches({ jobs }: { readonly jobs: readonly JobView[] }) {
  const grids = useMemo(() => batchGrids(jobs), [jobs])
  if (grids.length === 0) return <Empty title={t.jobs.noBatches} hint={t.jobs.noBatchesHint} />
  return (
    <div className="pl-gap">
      {grids.map((grid) => (
        <OneBatch key={grid.batch} grid={grid} />
      ))}
    </div>
  )
}

function OneBatch({ grid: { batch, queuedAt, products, configurations, jobs } }: { readonly grid: BatchGrid }) {
  const all = [...jobs.values()]
  const good = all.filter(({ state }) => state === 'succeeded').length
  return (
    <Card isCompact className="pl-gap">
      <CardTitle component="h2">{batch}</CardTitle>
      <CardBody>
        <p className="pl-dim">{`${t.jobs.batchDone(good, all.length)}, ${instant(queuedAt)}`}</p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
        <section className="pl-scroller pl-scroller-short" tabIndex={0} aria-label={batch}>
          <Table aria-label={batch} variant="compact" gridBreakPoint="">
            <Thead>
              <Tr>
                <Th>{t.jobs.product}</Th>
                {configurations.map((configuration) => (
                  <Th key={configuration}>{configuration === '' ? t.jobs.once : configuration}</Th>
                ))}
              </Tr>
            </Thead>
            <Tbody>
              {products.map((product) => (
                <Tr key={product}>
                  <Th scope="row">{product}</Th>
                  {configurations.map((configuration) => (
                    <Td key={configuration}>
                      <Field job={jobs.get(fieldOf(product, configuration))} />
                    </Td>
                  ))}
                </Tr>
              ))}
            </Tbody>
          </Table>
        </section>
      </CardBody>
    </Card>
  )
}

function Field({ job }: { readonly job: JobView | undefined }) {
  if (job === undefined) return null
  return (
    <Link to="/jobs/$job" params={{ job: job.id }}>
      <JobState job={job} />
      {job.state === 'running' ? ` ${percent(job.status.percent)}` : ''}
    </Link>
  )
}
