// platen audit verify
import { AppError } from '../../contract/errors.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const auditVerify = defineCommand({
  name: 'audit verify',
  summary: 'Check that no entry of the audit was changed or taken out, and show what to note of its end elsewhere.',
  words: [],
  options: {
    ...API_OPTIONS,
    expect: {
      type: 'string',
      value: 'NUMBER:DIGEST',
      description: 'Check as well that this entry is still what it was, as an earlier check showed it.',
    },
  },

  async run(input, context) {
    const { expect, json } = input.values
    const [, number, digest] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(expect ?? '') ?? []
    if (expect !== undefined && number === undefined)
      throw new AppError(
        'CLI_USAGE',
        `--expect takes NUMBER:DIGEST, not "${expect}"`,
        'Take it from the last line of an earlier `platen audit verify`.',
      )
    const verdict = await apiOf(input, context).verifyAudit(
      number === undefined ? {} : { number: Number(number), digest: digest! },
    )
    if (json) context.out.print(JSON.stringify(verdict, undefined, 2))
    else if (verdict.last !== undefined)
      context.out.print(`${verdict.entries} entries; the last is\n${verdict.last.number}:${verdict.last.digest}`)
    else context.out.print('no entries yet')
    const lines = verdict.problems.map(({ file, line, reason }) => `${file}, line ${line}: ${reason}`)
    if (verdict.isAsExpected === false) lines.push(`entry ${number} is not what it was, or is gone`)
    if (lines.length > 0)
      throw new AppError(
        'AUDIT_BROKEN',
        lines.join('\n'),
        'Somebody or the disk changed the audit: compare it with a backup, or with what a webhook was told.',
      )
  },
})
