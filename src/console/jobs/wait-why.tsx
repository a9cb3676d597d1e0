// Why a job waits: who would take it, and what stands against the others.
import { Alert, List, ListItem } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { unwrap } from '../../client/index.ts'
import { api, type JobView } from '../app/api.ts'
import { t } from '../words/index.ts'
import { namesOf } from './job-words.ts'

const AGAIN_MS = 10_000
const SHOWN = 6

export function WaitWhy({ job: { id, notOffered } }: { readonly job: JobView }) {
  // Who sees a part of the machines is not told of the others: what the job says itself stays.
  const { data } = useQuery({
    queryKey: ['wait', id, notOffered],
    queryFn: () => unwrap(api.GET('/api/v1/jobs/{jobId}/wait', { params: { path: { jobId: id } } })),
    staleTime: 0,
    refetchInterval: AGAIN_MS,
  })
  if (data === undefined && notOffered === undefined) return null
  const { would = { count: 0, nodes: [] }, against = [] } = data ?? {}
  return (
    <Alert
      variant="info"
      isInline
      title={notOffered === undefined ? t.jobs.waits : `${t.jobs.waits}: ${notOffered}`}
      component="h2"
    >
      {data === undefined ? undefined : (
        <List isPlain>
          <ListItem>{would.count === 0 ? t.jobs.wouldNobody : t.jobs.would(would.count, namesOf(would))}</ListItem>
          {against.slice(0, SHOWN).map((each) => (
            <ListItem key={each.reason}>{t.jobs.against(each.count, each.reason, namesOf(each))}</ListItem>
          ))}
        </List>
      )}
    </Alert>
  )
}
