// Packages: the newest version of each, and what in the watched folder is none.
import { Alert, List, ListItem } from '@patternfly/react-core'
import type { Schema } from '../../client/index.ts'
import { usePackages } from '../app/api.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { bytes, instant } from '../parts/format.ts'
import { Asked, Screen } from '../parts/screen.tsx'
import { t } from '../words/index.ts'

type Package = Schema<'PackageView'>
type Version = Package['versions'][number]

const newest = ({ versions }: Package): Version => versions[0]!
const relations = (list: readonly { readonly name: string; readonly range?: string | undefined }[] = []): string =>
  list.map(({ name, range }) => (range === undefined ? name : `${name} ${range}`)).join(', ')

const COLUMNS: readonly Column<Package>[] = [
  { key: 'name', head: t.packages.columns.name, width: 20, cell: ({ name }) => name },
  {
    key: 'version',
    head: t.packages.columns.version,
    cell: (each) => (
      <>
        {newest(each).version}
        {each.versions.length > 1 ? <div className="pl-dim">{t.packages.older(each.versions.length - 1)}</div> : undefined}
      </>
    ),
  },
  { key: 'kind', isFit: true, isMinor: true, head: t.packages.columns.kind, cell: (each) => t.packages.kinds[newest(each).kind] },
  { key: 'size', isFit: true, head: t.packages.columns.size, cell: (each) => bytes(newest(each).sizeBytes) },
  { key: 'needs', isMinor: true, head: t.packages.columns.needs, cell: (each) => relations(newest(each).requires) },
  { key: 'added', isFit: true, isMinor: 'wide', head: t.packages.columns.added, cell: (each) => instant(newest(each).addedAt) },
]

export function PackagesScreen() {
  return (
    <Screen title={t.packages.title}>
      <Asked of={usePackages()}>
        {({ packages, problems }) => (
          <>
            {problems.length === 0 ? undefined : (
              <Alert isInline variant="warning" title={t.packages.problems} component="h2" className="pl-gap">
                <List isPlain>
                  {problems.map(({ item, line, reason }) => (
                    <ListItem key={`${item} ${line}`}>{`${t.packages.line(item, line)}: ${reason}`}</ListItem>
                  ))}
                </List>
              </Alert>
            )}
            <DataTable
              label={t.packages.title}
              columns={COLUMNS}
              rows={packages.filter(({ versions }) => versions.length > 0)}
              keyOf={({ name }) => name}
              empty={{ title: t.packages.none, hint: t.packages.noneHint }}
            />
          </>
        )}
      </Asked>
    </Screen>
  )
}
