// What src/netboot/README.md says is always true, and where it says that we leave the RFCs, is tried: each line names a test that is there.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'src/netboot/README.md'), 'utf8')
const section = (title: string) => new RegExp(`## ${title}[^\\n]*\\n([\\s\\S]*?)(?=\\n## |$)`).exec(page)![1]!

const departures = section('Where we leave the RFCs')
  .split('\n')
  .filter((line) => line.startsWith('| RFC'))
const truths = section('What is always true')
  .split(/\n(?=- )/)
  .map((text) => text.trim().replaceAll(/\s+/g, ' '))
  .filter((text) => text.startsWith('- '))

/** `dhcp/server` “these words”, “and these”. */
const namedTests = (line: string) =>
  [...line.matchAll(/`([\w./-]+)` (“[^”]+”(?:, “[^”]+”)*)/g)].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => ({ file: join(ROOT, 'test/netboot', `${file}.test.ts`), title })),
  )

it('both lists are found', () => {
  expect([departures.length, truths.length]).toEqual([15, 7])
})

describe.each([...departures, ...truths].map((line) => ({ line })))('$line', ({ line }) => {
  it('names a test that is there', () => {
    const named = namedTests(line)
    expect(named.length).toBeGreaterThan(0)
    for (const { file, title } of named) {
      expect(existsSync(file), file).toBe(true)
      expect(readFileSync(file, 'utf8')).toContain(title)
    }
  })
})
