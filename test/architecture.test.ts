// Guards the table of who may import whom (docs/architecture.md).
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

/** room -> rooms that it may import. A room that is not listed is a mistake. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  contract: [],
  imaging: ['contract'],
  netboot: ['contract'],
  store: ['contract'],
  access: ['contract', 'store'],
  library: ['contract', 'imaging', 'store'],
  orchestrator: ['contract', 'imaging', 'store', 'library'],
  central: ['contract', 'imaging', 'store', 'library', 'orchestrator'],
  'winpe-agent': ['contract', 'imaging'],
  client: ['contract'],
  console: ['client', 'contract'],
  appliance: ['contract', 'netboot', 'store', 'access', 'library', 'orchestrator', 'central', 'winpe-agent'],
  cli: ['contract', 'client', 'appliance', 'boot', 'winpe-agent'],
}

/** Rooms that others enter by one door. contract and imaging are vocabularies: each file is its own door. */
const ONE_DOOR = ['netboot', 'store', 'access', 'library', 'orchestrator', 'central', 'winpe-agent', 'client', 'boot']

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
  // What is made from the description of the API, and what the maker brings, is nobody's to read.
  (path) => /\/.*\.tsx?$/.test(path) && !/^client\/(schema\.d\.ts|generator\/)/.test(path),
)

it('finds the rooms', () => {
  expect(new Set(files.map((path) => path.split('/')[0]))).not.toContain(undefined)
  expect(files.length).toBeGreaterThan(10)
})

it.each(files)('src/%s imports only what its room may', (path) => {
  const room = path.split('/')[0]!
  const text = readFileSync(`src/${path}`, 'utf8')
  for (const [, specifier = ''] of text.matchAll(/(?:from|import\() ?'(\.{1,2}\/[^']+)'/g)) {
    const [top = '', ...inside] = join('src', dirname(path), specifier).split('/')
    // The recipe of the boot OS lies beside src: a room like the others, by the name of its folder.
    const [target = '', ...rest] = top === 'src' ? inside : [top, ...inside]
    if (target === room) continue
    expect(MAY_IMPORT[room], `${path} -> ${specifier}`).toContain(target)
    if (ONE_DOOR.includes(target)) expect(rest.join('/'), `${path} -> ${specifier}`).toBe('index.ts')
  }
})

it.each(files)('src/%s has one subject: at most 300 lines', (path) => {
  expect(readFileSync(`src/${path}`, 'utf8').split('\n').length).toBeLessThanOrEqual(301)
})

/** Only these places of the agent may start a process; the rest of it must also run in Windows PE. */
it.each(files.filter((path) => path.startsWith('winpe-agent/')))('src/%s starts processes only from tools/', (path) => {
  const text = readFileSync(`src/${path}`, 'utf8')
  if (!path.startsWith('winpe-agent/tools/')) expect(text).not.toMatch(/node:child_process|from 'execa'/)
})

/** The recipe of the boot OS knows the words, not the rooms that run; the agent's entry is bundled by its path. */
it.each(readdirSync('boot', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts')))(
  'boot/%s imports only the contract from src',
  (path) => {
    const text = readFileSync(`boot/${path}`, 'utf8')
    for (const [, specifier = ''] of text.matchAll(/(?:from|import\() ?'(\.{1,2}\/[^']+)'/g)) {
      expect(join('boot', dirname(path), specifier)).toMatch(/^(boot|src\/contract)\//)
    }
  },
)
