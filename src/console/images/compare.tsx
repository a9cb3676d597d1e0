// What differs between two versions, by partition.
import { useQuery } from '@tanstack/react-query'
import { unwrap } from '../../client/index.ts'
import { api } from '../app/api.ts'
import { DataTable } from '../parts/data-table.tsx'
import { bytes } from '../parts/format.ts'
import { Asked } from '../parts/screen.tsx'
import { t } from '../words/index.ts'

interface CompareProps {
  readonly imageName: string
  readonly from: number
  readonly to: number
}

export function Compare({ imageName, from, to }: CompareProps) {
  const diff = useQuery({
    queryKey: ['diff', imageName, from, to],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => unwrap(api.GET('/api/v1/images/{imageName}/diff/{from}/{to}', { params: { path: { imageName, from, to } } })),
  })
  return (
    <Asked of={diff}>
      {({ sameContent, sameTable, changedBytes, changedChunks, partitions }) => (
        <>
          <p>{sameContent && sameTable ? t.images.equal : t.images.differ(bytes(changedBytes), changedChunks)}</p>
          <DataTable
            label={t.images.compare}
            rows={partitions}
            keyOf={({ number, change }) => `${number} ${change}`}
            empty={{ title: t.common.none }}
            columns={[
              { key: 'number', head: t.images.partition, cell: ({ number }) => number },
              { key: 'content', head: t.images.content, cell: ({ content }) => content },
              { key: 'before', head: t.images.before, cell: ({ usedBytesBefore }) => bytes(usedBytesBefore) },
              { key: 'after', head: t.images.after, cell: ({ usedBytesAfter }) => bytes(usedBytesAfter) },
              { key: 'changed', head: t.images.changed, cell: ({ changedBytes: changed }) => bytes(changed) },
            ]}
          />
        </>
      )}
    </Asked>
  )
}
