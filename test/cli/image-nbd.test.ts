// platen image nbd: one line that other programs take.
import { beforeEach, expect, it } from 'vitest'
import { CommandLine } from '../fakes/command-line.ts'

let cli: CommandLine
beforeEach(() => {
  cli = new CommandLine()
})

it.each([
  { line: 'image nbd tiny-linux', asked: ['tiny-linux@2', { disk: 1, address: '127.0.0.1' }] },
  { line: 'image nbd tiny-linux@1 --disk 2 --for 10.77.0.9', asked: ['tiny-linux@1', { disk: 2, address: '10.77.0.9' }] },
])('$line prints an address', async ({ line, asked }) => {
  expect(await cli.run(line)).toBe(0)
  expect(cli.api.asked).toEqual([asked])
  expect(cli.out.printed).toEqual(['nbd://10.77.0.1:10809/t/name'])
})
