// The files of a version, folder by folder, and each of them to download.
import { Breadcrumb, BreadcrumbItem, Button } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type Schema, unwrap } from '../../client/index.ts'
import { api } from '../app/api.ts'
import { filesRoute } from '../app/router.tsx'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { bytes } from '../parts/format.ts'
import { Asked, Screen } from '../parts/screen.tsx'
import { tellRefused } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'
import { downloadFile } from './do-image.ts'
import { joinPath, partsOf } from './file-path.ts'

type File = Schema<'ImageFile'>

export function FilesScreen() {
  const { image, version } = filesRoute.useParams()
  const { path = '/' } = filesRoute.useSearch()
  const files = useQuery({
    queryKey: ['files', image, version, path],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/images/{imageName}/versions/{version}/files', {
          params: { path: { imageName: image, version: Number(version) }, query: { path } },
        }),
      ),
  })
  const name = `${image}@${version}`
  return (
    <Screen title={t.images.filesOf(name)}>
      <Breadcrumb aria-label={t.images.files}>
        <BreadcrumbItem>
          <Link to="/images/$image" params={{ image }}>
            {image}
          </Link>
        </BreadcrumbItem>
        {partsOf(path).map(({ label, path: to }, n, all) => (
          <BreadcrumbItem key={to} isActive={n === all.length - 1}>
            {n === all.length - 1 ? (
              label || t.images.root
            ) : (
              <Link to="/images/$image/files/$version" params={{ image, version }} search={{ path: to }}>
                {label || t.images.root}
              </Link>
            )}
          </BreadcrumbItem>
        ))}
      </Breadcrumb>
      <Asked of={files}>
        {({ files: all, path: where }) => (
          <DataTable
            label={t.images.filesOf(name)}
            columns={columnsOf({ image, version, where })}
            rows={all}
            keyOf={(file) => file.name}
            empty={{ title: t.images.emptyFolder }}
          />
        )}
      </Asked>
    </Screen>
  )
}

interface Place {
  readonly image: string
  readonly version: string
  readonly where: string
}

const columnsOf = ({ image, version, where }: Place): readonly Column<File>[] => [
  {
    key: 'name',
    head: t.images.fileColumns.name,
    width: 40,
    cell: ({ name, kind, target }) =>
      kind === 'folder' || kind === 'link' ? (
        <>
          <Link to="/images/$image/files/$version" params={{ image, version }} search={{ path: joinPath(where, name) }}>
            {kind === 'folder' ? `${name}/` : name}
          </Link>
          {target === undefined ? undefined : <span className="pl-dim">{` → ${target}`}</span>}
        </>
      ) : (
        name
      ),
  },
  {
    key: 'size',
    isFit: true,
    head: t.images.fileColumns.size,
    cell: ({ kind, sizeBytes }) => (kind === 'file' ? bytes(sizeBytes) : ''),
  },
  {
    key: 'rights',
    isFit: true,
    isMinor: true,
    head: t.images.fileColumns.rights,
    cell: ({ rights }) => <span className="pl-mono">{rights}</span>,
  },
  { key: 'changed', isFit: true, isMinor: true, head: t.images.fileColumns.changed, cell: ({ modifiedAt }) => modifiedAt },
  {
    key: 'download',
    isFit: true,
    head: t.common.actions,
    cell: ({ kind, name }) =>
      kind !== 'file' ? undefined : (
        <Button
          variant="link"
          isInline
          aria-label={`${t.images.download}: ${name}`}
          onClick={() => void download({ image, version, where }, name)}
        >
          {t.images.download}
        </Button>
      ),
  },
]

async function download({ image, version, where }: Place, name: string): Promise<void> {
  try {
    await downloadFile({ imageName: image, version: Number(version) }, joinPath(where, name))
  } catch (error) {
    tellRefused(t.actions.refused(t.images.download), error)
  }
}
