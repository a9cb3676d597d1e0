// The audit: who did what to which node, from where; refused tries, too.
import { Alert, Button, Label } from '@patternfly/react-core'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { type Schema, unwrap } from '../../client/index.ts'
import { api } from '../app/api.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { instant } from '../parts/format.ts'
import { ProblemAlert } from '../parts/problem.tsx'
import { Asked, Screen } from '../parts/screen.tsx'
import { t } from '../words/index.ts'

type Entry = Schema<'AuditEntry'>

const PAGE = 200

const COLUMNS: readonly Column<Entry>[] = [
  { key: 'at', isFit: true, head: t.audit.columns.at, cell: ({ at }) => instant(at) },
  { key: 'who', head: t.audit.columns.who, width: 15, cell: ({ who }) => who?.name ?? t.audit.nobody },
  { key: 'did', head: t.audit.columns.did, width: 20, cell: ({ did }) => did },
  {
    key: 'about',
    isMinor: true,
    head: t.audit.columns.about,
    cell: ({ about, skipped }) =>
      [
        ...Object.entries(about).map(([name, value]) => `${name} ${value}`),
        ...(skipped === undefined ? [] : [t.audit.skipped(skipped)]),
      ].join(', '),
  },
  { key: 'from', isFit: true, isMinor: 'wide', head: t.audit.columns.from, cell: ({ from }) => from },
  {
    key: 'answer',
    isFit: true,
    head: t.audit.columns.answer,
    cell: ({ status, code }) => (
      <Label isCompact color={status < 400 ? 'green' : 'red'}>
        {code ?? String(status)}
      </Label>
    ),
  },
]

export function AuditScreen() {
  const asked = useInfiniteQuery({
    queryKey: ['audit'],
    initialPageParam: undefined as number | undefined,
    queryFn: async ({ pageParam }) => {
      const query = { limit: PAGE, ...(pageParam === undefined ? {} : { before: pageParam }) }
      return (await unwrap(api.GET('/api/v1/audit', { params: { query } }))).entries
    },
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.number),
    staleTime: 0,
  })
  return (
    <Screen title={t.audit.title} actions={<Check />}>
      <Asked of={asked}>
        {({ pages }) => (
          <DataTable
            label={t.audit.title}
            columns={COLUMNS}
            rows={pages.flat()}
            keyOf={({ number }) => String(number)}
            empty={{ title: t.audit.none }}
          />
        )}
      </Asked>
      {asked.hasNextPage ? (
        <Button variant="link" onClick={() => void asked.fetchNextPage()} isLoading={asked.isFetchingNextPage}>
          {t.audit.older}
        </Button>
      ) : undefined}
    </Screen>
  )
}

/** Reads all of it on the appliance. */
function Check() {
  const checking = useMutation({ mutationFn: () => unwrap(api.GET('/api/v1/audit/verify')) })
  return (
    <>
      <Button variant="secondary" isLoading={checking.isPending} onClick={() => checking.mutate()}>
        {t.audit.check}
      </Button>
      {checking.error === null ? undefined : <ProblemAlert error={checking.error} />}
      {checking.data === undefined ? undefined : (
        <Alert
          isInline
          isPlain
          variant={checking.data.problems.length === 0 ? 'success' : 'danger'}
          component="p"
          title={
            checking.data.problems.length === 0
              ? t.audit.whole(checking.data.entries)
              : t.audit.broken(checking.data.problems.length)
          }
        />
      )}
    </>
  )
}
