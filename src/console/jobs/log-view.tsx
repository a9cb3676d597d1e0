// The log of a job: follows it while it runs, and finds words in it.
import { Checkbox, SearchInput, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core'
import { useEffect, useRef, useState } from 'react'
import { unwrap } from '../../client/index.ts'
import { api } from '../app/api.ts'
import { ProblemAlert } from '../parts/problem.tsx'
import { t } from '../words/index.ts'

const POLL_MS = 1500
/** More is in the file that `platen job log` gives. */
const SHOWN_LINES = 20_000

export function LogView({ jobId, isRunning }: { readonly jobId: string; readonly isRunning: boolean }) {
  const { lines, error } = useLog(jobId, isRunning)
  const [word, setWord] = useState('')
  const [follows, setFollows] = useState(true)
  const box = useRef<HTMLPreElement>(null)
  const shown = word === '' ? lines : lines.filter((line) => line.toLowerCase().includes(word.toLowerCase()))
  // biome-ignore lint/correctness/useExhaustiveDependencies: to the end whenever a line has come
  useEffect(() => {
    if (follows && box.current !== null) box.current.scrollTop = box.current.scrollHeight
  }, [follows, shown.length])
  return (
    <>
      <Toolbar inset={{ default: 'insetNone' }}>
        <ToolbarContent>
          <ToolbarItem>
            <SearchInput
              value={word}
              placeholder={t.jobs.searchLog}
              aria-label={t.jobs.searchLog}
              onChange={(_event, value) => setWord(value)}
              onClear={() => setWord('')}
            />
          </ToolbarItem>
          <ToolbarItem alignSelf="center">
            <Checkbox
              id={`follow-${jobId}`}
              label={t.jobs.follow}
              isChecked={follows}
              onChange={(_event, isOn) => setFollows(isOn)}
            />
          </ToolbarItem>
          <ToolbarItem alignSelf="center">{t.common.rows(shown.length, lines.length)}</ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      {error === undefined ? undefined : <ProblemAlert error={error} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre ref={box} className="pl-log" tabIndex={0} role="log" aria-label={t.jobs.log}>
        {shown.length === 0 ? t.jobs.emptyLog : shown.join('\n')}
      </pre>
    </>
  )
}

function useLog(jobId: string, isRunning: boolean) {
  const [lines, setLines] = useState<readonly string[]>([])
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    let isOver = false
    let fromLine = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    setLines([])
    const read = async () => {
      try {
        const part = await unwrap(api.GET('/api/v1/jobs/{jobId}/log', { params: { path: { jobId }, query: { fromLine } } }))
        if (isOver) return
        const isMore = part.lines.length > 0
        fromLine = part.nextLine
        setError(undefined)
        if (isMore) setLines((old) => [...old, ...part.lines].slice(-SHOWN_LINES))
        if (isMore || isRunning) timer = setTimeout(() => void read(), isMore ? 0 : POLL_MS)
      } catch (problem) {
        if (isOver) return
        setError(problem)
        timer = setTimeout(() => void read(), POLL_MS * 4)
      }
    }
    void read()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [jobId, isRunning])
  return { lines, error }
}
