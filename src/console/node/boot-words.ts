// A boot in a few words. Pure.
import type { Schema } from '../../client/index.ts'
import { duration } from '../parts/format.ts'
import { t } from '../words/index.ts'

type Boot = Schema<'NodeBoot'>
type Verdict = Schema<'StepVerdict'>

/** "sent into the boot OS after 6 s, 8 steps" */
export function verdictOf({ answer, startedAt, steps, leftOut }: Boot): string {
  const last = steps.at(-1)?.at ?? startedAt
  const took = duration((Date.parse(last) - Date.parse(startedAt)) / 1000)
  return t.boots.says(answer === undefined ? t.boots.unanswered : t.boots.answers[answer], took, steps.length + leftOut)
}

export function worstOf({ steps }: Pick<Boot, 'steps'>): Verdict {
  if (steps.some(({ verdict }) => verdict === 'bad')) return 'bad'
  return steps.some(({ verdict }) => verdict === 'odd') ? 'odd' : 'good'
}
