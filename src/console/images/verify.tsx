// Reads a version out of the store and says whether it is whole.
import { Button } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ImageVersionView } from '../app/api.ts'
import { queries } from '../app/api.ts'
import { useNow } from '../parts/clock.ts'
import { ago } from '../parts/format.ts'
import { tellRefused } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'
import { askVerify, beginVerify } from './do-image.ts'

const POLL_MS = 1000

export function Verify({ version }: { readonly version: ImageVersionView }) {
  const [isWatched, setWatched] = useState(false)
  const now = useNow()
  const queryKey = ['verify', version.imageName, version.version]
  const { data } = useQuery({
    queryKey,
    queryFn: () => askVerify(version),
    refetchInterval: ({ state }) => (isWatched && state.data?.isRunning !== false ? POLL_MS : false),
  })
  const begin = async () => {
    try {
      queries.setQueryData(queryKey, await beginVerify(version))
      setWatched(true)
    } catch (error) {
      tellRefused(t.actions.refused(t.images.verify), error)
    }
  }
  if (data?.isRunning === true) return t.images.verifying(data.checkedChunks ?? 0, data.chunkCount)
  const last = data?.last
  const damaged = last?.result?.damaged.length ?? 0
  return (
    <>
      {last === undefined ? undefined : (
        <div>{last.failure ?? `${damaged === 0 ? t.images.whole : t.images.damaged(damaged)}, ${ago(last.endedAt, now)}`}</div>
      )}
      <Button
        variant="link"
        isInline
        size="sm"
        onClick={() => void begin()}
        aria-label={`${t.images.verify}: ${version.version}`}
      >
        {t.images.verify}
      </Button>
    </>
  )
}
