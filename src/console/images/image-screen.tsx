// One image: its versions along time, what each added, who runs it, what differs between two.
import { Alert, Button, Checkbox, Label, LabelGroup } from '@patternfly/react-core'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { type ImageVersionView, type ImageView, type NodeView, useImages, useNodes } from '../app/api.ts'
import { imageRoute } from '../app/router.tsx'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { bytes, instant } from '../parts/format.ts'
import { Asked, PartTitle, Screen } from '../parts/screen.tsx'
import { t } from '../words/index.ts'
import { Compare } from './compare.tsx'
import { removeTag } from './do-image.ts'
import { Retention } from './retention.tsx'
import { Verify } from './verify.tsx'
import { VersionActions } from './version-actions.tsx'

export function ImageScreen() {
  const { image: name } = imageRoute.useParams()
  return (
    <Asked of={useImages()}>
      {(all) => {
        const image = all.find((each) => each.name === name)
        if (image === undefined) return <Alert variant="warning" isInline title={t.images.notFound(name)} component="h1" />
        return <OneImage key={name} image={image} />
      }}
    </Asked>
  )
}

function OneImage({ image }: { readonly image: ImageView }) {
  const [compared, setCompared] = useState<readonly number[]>([])
  const nodes = useNodes().data
  const runsOn = useMemo(() => usersOf(image.name, nodes ?? []), [image.name, nodes])
  const toggle = (version: number) => {
    const rest = compared.filter((each) => each !== version)
    setCompared(rest.length === compared.length ? [...compared, version].slice(-2) : rest)
  }
  const [from, to] = compared.toSorted((a, b) => a - b)
  const columns = versionColumns(runsOn, compared, toggle)
  return (
    <Screen title={image.name}>
      <DataTable
        label={t.images.columns.versions}
        columns={columns}
        rows={image.versions.toReversed()}
        keyOf={({ version }) => String(version)}
        empty={{ title: t.images.noImages }}
      />
      <PartTitle>{t.images.compare}</PartTitle>
      {from === undefined || to === undefined ? (
        <p className="pl-dim">{t.images.compareHint}</p>
      ) : (
        <Compare imageName={image.name} from={from} to={to} />
      )}
      <PartTitle>{t.images.retention}</PartTitle>
      <Retention imageName={image.name} />
    </Screen>
  )
}

function versionColumns(
  runsOn: ReadonlyMap<number, readonly NodeView[]>,
  compared: readonly number[],
  toggle: (version: number) => void,
): readonly Column<ImageVersionView>[] {
  return [
    {
      key: 'compare',
      head: t.images.compare,
      width: 10,
      cell: ({ version }) => (
        <Checkbox
          id={`compare-${version}`}
          aria-label={`${t.images.compare}: ${version}`}
          isChecked={compared.includes(version)}
          onChange={() => toggle(version)}
        />
      ),
    },
    { key: 'version', head: t.images.version, width: 10, cell: ({ version }) => <strong>{version}</strong> },
    { key: 'made', isFit: true, head: t.images.columns.made, cell: ({ createdAt }) => instant(createdAt) },
    { key: 'tags', isFit: true, head: t.images.columns.tags, cell: (version) => <Tags version={version} /> },
    { key: 'size', isFit: true, head: t.images.columns.size, isMinor: true, cell: ({ usedBytes }) => bytes(usedBytes) },
    { key: 'added', isFit: true, head: t.images.columns.added, isMinor: true, cell: ({ addedBytes }) => bytes(addedBytes) },
    {
      key: 'users',
      width: 20,
      head: t.images.usedBy,
      isMinor: true,
      cell: ({ version }) => <Users nodes={runsOn.get(version) ?? []} />,
    },
    { key: 'from', head: t.images.from, isMinor: 'wide', cell: (version) => <Origin version={version} /> },
    {
      key: 'files',
      isFit: true,
      isMinor: true,
      head: t.images.files,
      cell: ({ imageName, version }) => (
        <Link
          to="/images/$image/files/$version"
          params={{ image: imageName, version: String(version) }}
          aria-label={t.images.filesOf(`${imageName}@${version}`)}
        >
          {t.images.files}
        </Link>
      ),
    },
    { key: 'verify', isFit: true, head: t.images.verify, isMinor: true, cell: (version) => <Verify version={version} /> },
    { key: 'actions', isFit: true, head: t.common.actions, width: 10, cell: (version) => <VersionActions version={version} /> },
  ]
}

function Tags({ version: { imageName, tags } }: { readonly version: ImageVersionView }) {
  if (tags.length === 0) return null
  return (
    <LabelGroup aria-label={t.images.columns.tags}>
      {tags.map((tag) => (
        <Label key={tag} isCompact onClose={() => void removeTag(imageName, tag)} closeBtnAriaLabel={t.images.untag(tag)}>
          {tag}
        </Label>
      ))}
    </LabelGroup>
  )
}

const NAMED = 3

function Users({ nodes }: { readonly nodes: readonly NodeView[] }) {
  if (nodes.length === 0) return <span className="pl-dim">{t.common.none}</span>
  const rest = nodes.length - NAMED
  return (
    <>
      {nodes.slice(0, NAMED).map(({ id, name }, n) => (
        <span key={id}>
          {n > 0 ? ', ' : ''}
          <Link to="/nodes/$node" params={{ node: id }}>
            {name}
          </Link>
        </span>
      ))}
      {rest > 0 ? ` + ${rest}` : ''}
    </>
  )
}

function Origin({ version: { jobId, profile } }: { readonly version: ImageVersionView }) {
  if (jobId === undefined) return profile
  return (
    <Button variant="link" isInline component={(props) => <Link to="/jobs/$job" params={{ job: jobId }} {...props} />}>
      {profile ?? t.jobs.columns.job}
    </Button>
  )
}

function usersOf(imageName: string, nodes: readonly NodeView[]): ReadonlyMap<number, readonly NodeView[]> {
  const own = nodes.filter(({ installed }) => installed?.imageName === imageName)
  return Map.groupBy(own, ({ installed }) => installed!.version)
}
