import { beforeEach, expect, it } from 'vitest'
import { ERROR_CODES } from '../../src/contract/errors.ts'
import { CommandLine } from '../fakes/command-line.ts'

let cli: CommandLine
beforeEach(() => {
  cli = new CommandLine()
})

it.each(Object.keys(ERROR_CODES))('%s is explained', async (code) => {
  expect(await cli.run(`explain ${code}`)).toBe(0)
  expect(cli.out.text).toMatch(new RegExp(`^${code}\n\n\\S`))
  expect(cli.out.text).not.toMatch(/^#/m)
})

it('says what the page says, and the statuses', async () => {
  expect(await cli.run('explain cli-token-unreadable')).toBe(0)
  expect(cli.out.text).toContain('exit status 77, HTTP status 401')
})

it('names the nearest code', async () => {
  expect(await cli.run('explain CLI_USAGES')).toBe(66)
  expect(cli.out.errorText).toContain('Did you mean `platen explain CLI_USAGE`?')
})
