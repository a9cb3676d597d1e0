// How far a job is: percent, what it does, how long it still takes.
import type { JobView } from '../app/api.ts'
import { t } from '../words/index.ts'
import { duration, percent } from './format.ts'

export function JobBar({ job: { status }, isWordy = false }: { readonly job: JobView; readonly isWordy?: boolean }) {
  const left = status.secondsLeft === undefined ? '' : t.common.left(duration(status.secondsLeft))
  const words = [percent(status.percent), left].filter((word) => word !== '').join(', ')
  return (
    <>
      <span className="pl-bar">
        <progress value={status.percent} max={100} aria-label={status.minorState || status.majorState} />
        <span>{words}</span>
      </span>
      {isWordy ? <div className="pl-dim">{status.minorState}</div> : undefined}
    </>
  )
}
