// Secrets that people gave to this room: what must not turn up in what it shows. From memory.
import type { JobRequest } from '../contract/job.ts'
import type { PersonaliseWish } from '../contract/personalise.ts'
import { speaksOfSecrets } from '../library/index.ts'
import type { Collections } from './collections.ts'
import type { StepSecretsPort } from './job/step-secrets.ts'

type Kept = Pick<Collections, 'hooks' | 'schedules' | 'jobs' | 'classes' | 'appliances'>

export function* knownSecrets(
  { hooks, schedules, jobs, classes, appliances }: Kept,
  secrets: Pick<StepSecretsPort, 'known'>,
): Generator<string> {
  yield* secrets.known()
  for (const hook of hooks.values()) {
    if (hook.kind === 'mail' && hook.password !== undefined) yield hook.password
    if (hook.kind !== 'webhook') continue
    if (hook.secret !== undefined) yield hook.secret
    const url = URL.parse(hook.url)
    if (url !== null) yield* [url.username, url.password, ...url.searchParams.values()]
  }
  for (const { credential } of appliances.values()) if (credential !== undefined) yield credential
  for (const { job } of schedules.values()) yield* secretsOfJob(job)
  for (const { request } of jobs.values()) yield* secretsOfJob(request)
  for (const { personalise } of classes.values()) yield* secretsOfWish(personalise)
}

function* secretsOfJob({ variables = {}, personalise }: JobRequest): Generator<string> {
  for (const [name, value] of Object.entries(variables)) if (speaksOfSecrets(name)) yield value
  yield* secretsOfWish(personalise)
}

/** Lines, and what stands behind the colon of each. */
function* secretsOfWish(wish: PersonaliseWish | undefined): Generator<string> {
  if (wish === undefined || wish === false) return
  for (const text of Object.values(wish.cloudInit ?? {})) {
    for (const line of String(text).split('\n')) {
      const value = line.slice(line.indexOf(':') + 1).trim()
      if (speaksOfSecrets(line)) yield value
    }
  }
}
