// platen rule list
import type { ApprovalRule } from '../../contract/operator-api.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const ruleList = defineCommand({
  name: 'rule list',
  summary: 'List the rules that approve machines when they are first seen.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const rules = await apiOf(input, context).rules()
    if (input.values.json) return context.out.print(JSON.stringify(rules, undefined, 2))
    if (rules.length === 0) return context.out.print('No rules: every machine waits for `platen node approve`.')
    const rows = rules.map((rule) => [
      rule.id,
      matchText(rule),
      rule.namePattern ?? '-',
      rule.limit === undefined ? String(rule.used) : `${rule.used} of ${rule.limit}`,
      rule.title ?? '',
    ])
    context.out.table([['RULE', 'APPROVES', 'NAMES', 'USED', 'TITLE'], ...rows])
  },
})

function matchText({ macPrefixes, serials, expected }: ApprovalRule): string {
  const parts = [
    macPrefixes && `MAC ${macPrefixes.join(', ')}`,
    serials && `${serials.length} serials`,
    expected && `${expected.length} expected machines`,
  ]
  return parts.filter(Boolean).join('; ') || 'every machine'
}
