// What a site's doctor says of its central. Pure.
import type { CentralView } from '../../../contract/central/follow-api.ts'
import type { Finding } from '../../../contract/doctor.ts'

export function siteFindings({ url, failures, refusal, isConnected, lastFailure, heldCount, itemCount }: CentralView): Finding[] {
  const subject = `central ${url}`
  const found: Finding[] = failures.map(({ kind, name, version = '', code, message }) => ({
    severity: 'problem',
    subject: `${kind} ${name} ${version}`.trim(),
    seen: `${code}: ${message}`,
    advice: `See docs/errors.md for ${code}.`,
  }))
  if (refusal !== undefined) {
    const advice = `All that is here stays and works. docs/errors.md tells what to do for ${refusal.code}.`
    found.push({ severity: 'problem', subject, seen: `${refusal.code}: ${refusal.message}`, advice })
  }
  if (!isConnected) {
    const advice = 'The site works on without it, and tells later what happened.'
    found.push({ severity: 'notice', subject, seen: lastFailure ?? 'there is no line to it', advice })
  }
  if (found.length === 0)
    found.push({ severity: 'good', subject, seen: `in contact; ${heldCount} of ${itemCount} things are here` })
  return found
}
