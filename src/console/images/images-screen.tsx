// All images, the newest version of each.
import { Label, LabelGroup } from '@patternfly/react-core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { type ImageView, useImages } from '../app/api.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { bytes, instant } from '../parts/format.ts'
import { Asked, Screen } from '../parts/screen.tsx'
import type { Sort } from '../parts/sort.ts'
import { t } from '../words/index.ts'

const newest = ({ versions }: ImageView) => versions.at(-1)

const COLUMNS: readonly Column<ImageView>[] = [
  {
    key: 'name',
    head: t.images.columns.name,
    width: 25,
    sortBy: ({ name }) => name,
    cell: ({ name }) => (
      <Link to="/images/$image" params={{ image: name }}>
        {name}
      </Link>
    ),
  },
  {
    key: 'newest',
    isFit: true,
    head: t.images.columns.newest,
    sortBy: (image) => newest(image)?.version ?? 0,
    cell: (image) => newest(image)?.version,
  },
  {
    key: 'made',
    isFit: true,
    head: t.images.columns.made,
    sortBy: (image) => -Date.parse(newest(image)?.createdAt ?? ''),
    cell: (image) => {
      const at = newest(image)?.createdAt
      return at === undefined ? undefined : instant(at)
    },
  },
  {
    key: 'versions',
    isFit: true,
    head: t.images.columns.versions,
    isMinor: true,
    sortBy: ({ versions }) => versions.length,
    cell: ({ versions }) => versions.length,
  },
  {
    key: 'size',
    isFit: true,
    head: t.images.columns.size,
    isMinor: true,
    sortBy: (image) => newest(image)?.usedBytes ?? 0,
    cell: (image) => bytes(newest(image)?.usedBytes ?? 0),
  },
  {
    key: 'added',
    isFit: true,
    head: t.images.columns.added,
    isMinor: true,
    sortBy: storedBytes,
    cell: (image) => bytes(storedBytes(image)),
  },
  {
    key: 'tags',
    head: t.images.columns.tags,
    isMinor: true,
    cell: ({ versions }) => (
      <LabelGroup aria-label={t.images.columns.tags}>
        {versions.flatMap(({ version, tags }) =>
          tags.map((tag) => (
            <Label key={tag} isCompact>
              {`${tag}: ${version}`}
            </Label>
          )),
        )}
      </LabelGroup>
    ),
  },
]

export function ImagesScreen() {
  const [sort, setSort] = useState<Sort>({ by: 'name', direction: 'asc' })
  return (
    <Screen title={t.images.title}>
      <Asked of={useImages()}>
        {(images) => (
          <DataTable
            label={t.images.title}
            columns={COLUMNS}
            rows={images}
            keyOf={({ name }) => name}
            sort={sort}
            onSort={setSort}
            empty={{ title: t.images.noImages, hint: t.images.noImagesHint }}
          />
        )}
      </Asked>
    </Screen>
  )
}

/** What all its versions took in the store, compressed. */
function storedBytes({ versions }: ImageView): number {
  return versions.reduce((sum, { addedBytes }) => sum + addedBytes, 0)
}
