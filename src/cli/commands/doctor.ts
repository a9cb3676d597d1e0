// platen doctor
import type { Finding } from '../../contract/doctor.ts'
import { AppError } from '../../contract/errors.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { table } from '../table.ts'

/** In the order in which they are shown. */
const WORDS = { problem: 'PROBLEM', notice: 'notice', good: 'ok' } as const

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Say what is wrong on the network and at the appliance, and what to do about it.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const findings = await apiOf(input, context).doctor()
    context.out.print(input.values.json ? JSON.stringify(findings, undefined, 2) : describeFindings(findings))
    const problems = findings.filter(({ severity }) => severity === 'problem')
    if (problems.length > 0) {
      const subjects = [...new Set(problems.map(({ subject }) => subject))].join(', ')
      throw new AppError('CLI_PROBLEMS_FOUND', `${problems.length} found: ${subjects}`, 'Do what the arrows say, then ask again.')
    }
  },
})

function describeFindings(findings: readonly Finding[]): string {
  const severities = Object.keys(WORDS)
  const sorted = findings.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity))
  const rows = sorted.flatMap(({ severity, subject, seen, advice }) => [
    [WORDS[severity], subject, seen],
    ...(advice === undefined ? [] : [['', '', `-> ${advice}`]]),
  ])
  return table(rows)
}
