// Each kind of trouble once, in a run of its own: the closing line must tell it, and the exit code must agree.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'

// Each case starts a vitest of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 })

const ROOT = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'platen-count-'))
afterAll(() => rmSync(folder, { recursive: true }))
symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))

interface FixtureRun {
  /** The one test file; left out, there is none. */
  readonly test?: string
  readonly settings?: string
  readonly ci?: boolean
  readonly words?: readonly string[]
}

let runs = 0
/** Runs a fixture in a vitest of its own. */
async function runOf({ test, settings = '', ci = false, words = [] }: FixtureRun) {
  const name = `run-${++runs}`
  const config = join(folder, `${name}.config.ts`)
  writeFileSync(
    config,
    `import { PlainCountReporter } from '${join(ROOT, 'test/plain-count-reporter.ts')}'
     const allowed = [{ file: '${name}.test.ts', name: 'here', because: 'needs a moon' }]
     export default { test: { include: ['${name}.test.ts'], reporters: ['default', new PlainCountReporter(allowed)], ${settings} } }`,
  )
  if (test !== undefined)
    writeFileSync(join(folder, `${name}.test.ts`), `import * as v from 'vitest'\nconst { it, describe } = v\n${test}`)
  const { VITEST: _, ...environment } = process.env
  const vitest = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder, '--config', config, ...words]
  const options = { env: { ...environment, CI: ci ? 'true' : '', NO_COLOR: '1' }, cwd: folder }
  return new Promise<{ exitCode: unknown; last: string; output: string }>((resolve) => {
    execFile(process.execPath, vitest, options, (error, output, errors) => {
      resolve({ exitCode: error?.code ?? 0, last: output.trimEnd().split('\n').at(-1)!, output: output + errors })
    })
  })
}

const PASSES = `it('passes', () => {})`
const globalSetup = (file: string, content: string) => {
  writeFileSync(join(folder, file), content)
  return `globalSetup: './${file}'`
}

interface Case extends FixtureRun {
  readonly kind: string
  readonly last: string
  readonly says?: readonly string[]
}

async function expectTold({ last, says = [], ...fixture }: Case): Promise<void> {
  const run = await runOf(fixture)
  expect(run.last, run.output).toBe(last)
  expect(run.exitCode, run.output).toBe(last.includes(' 0 failed') ? 0 : 1)
  for (const line of says) expect(run.output).toContain(line)
}

it.each<Case>([
  { kind: 'a run without trouble', test: PASSES, last: '1 passed, 0 failed, 0 skipped' },
  { kind: 'a test', test: `${PASSES}\nit('fails', () => { throw new Error('no') })`, last: '1 passed, 1 failed, 0 skipped' },
  {
    kind: 'beforeAll of a describe, with a describe inside',
    test: `${PASSES}\ndescribe('a', () => { v.beforeAll(() => { throw new Error('no') }); describe('b', () => { it('c', () => {}) }) })`,
    last: '1 passed, 2 failed, 0 skipped',
    says: ['.test.ts > a: no\n', '.test.ts > a > b > c: could not run'],
  },
  {
    kind: 'afterAll of a describe',
    test: `describe('a', () => { v.afterAll(() => { throw new Error('no') }); ${PASSES} })`,
    last: '1 passed, 1 failed, 0 skipped',
  },
  {
    kind: 'afterAll of a file',
    test: `v.afterAll(() => { throw new Error('no') }); ${PASSES}`,
    last: '1 passed, 1 failed, 0 skipped',
  },
  {
    kind: 'beforeEach',
    test: `v.beforeEach(() => { throw new Error('no') }); ${PASSES}`,
    last: '0 passed, 1 failed, 0 skipped',
  },
  {
    kind: 'the body of a describe',
    test: `${PASSES}\ndescribe('a', () => { throw new Error('no') })`,
    last: '0 passed, 1 failed, 0 skipped',
  },
  { kind: 'an import', test: `import './missing.ts'\n${PASSES}`, last: '0 passed, 1 failed, 0 skipped' },
  { kind: 'a file that is no TypeScript', test: `${PASSES}\n)`, last: '0 passed, 1 failed, 0 skipped' },
  { kind: 'a file without tests', test: '', last: '0 passed, 1 failed, 0 skipped' },
  {
    kind: 'a rejection that nobody handles',
    test: `it('passes', async () => { Promise.reject(new Error('no')); await new Promise(setImmediate) })`,
    last: '1 passed, 1 failed, 0 skipped',
  },
  {
    kind: 'an error that nobody catches',
    test: `it('passes', async () => { setImmediate(() => { throw new Error('no') }); await new Promise((on) => setTimeout(on, 20)) })`,
    last: '1 passed, 1 failed, 0 skipped',
  },
  {
    kind: 'a worker that dies',
    test: `it('dies', async () => { process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}) })`,
    settings: `pool: 'forks'`,
    last: '0 passed, 2 failed, 0 skipped',
  },
  {
    kind: 'globalSetup',
    test: PASSES,
    settings: globalSetup('setup-fails.ts', `export default () => { throw new Error('no') }`),
    last: '0 passed, 1 failed, 0 skipped',
  },
  {
    kind: 'the end of globalSetup',
    test: PASSES,
    settings: globalSetup('teardown-fails.ts', `export default () => () => { throw new Error('no') }`),
    last: '1 passed, 1 failed, 0 skipped',
  },
  {
    kind: 'a run that is left in its middle',
    test: `it('lasts', () => new Promise((end) => setTimeout(end, 2000)))`,
    settings: globalSetup('leaves.ts', `export default () => { setTimeout(() => process.exit(0), 100) }`),
    last: '0 passed, 1 failed, 0 skipped',
  },
  { kind: 'no files at all', last: '0 passed, 1 failed, 0 skipped' },
  { kind: 'no files, which vitest may pass', settings: 'passWithNoTests: true', last: '0 passed, 1 failed, 0 skipped' },
  {
    kind: 'a name that no test has',
    test: PASSES,
    words: ['--testNamePattern', 'nobody'],
    last: '0 passed, 1 failed, 1 skipped',
  },
  {
    kind: 'a project without tests, in CI',
    ci: true,
    test: PASSES,
    settings: `projects: [{ extends: true, test: { name: 'full' } }, { test: { name: 'bare', exclude: ['**'] } }]`,
    last: '1 passed, 1 failed, 0 skipped',
    says: ['failed: project bare has no tests'],
  },
])('the closing line tells $kind', expectTold)

describe('skips', () => {
  const because = (reason: string) => `{ skip: true, meta: { skippedBecause: '${reason}' } }`
  // The list of the fixture has the name "here" with the reason "needs a moon".
  const test = `${PASSES}
    describe('here', ${because('needs a moon')}, () => { it('lands', () => {}) })
    it('here', ({ skip }) => skip('needs a moon'))
    it('here', ${because('needs a sun')}, () => {})
    it('there', ${because('needs a moon')}, () => {})
    it.skip('rests', () => {})
    it.todo('comes')`
  const sun = '.test.ts > here: needs a sun\n'
  const none = ['.test.ts > rests: says no reason\n', '.test.ts > comes: says no reason\n']

  it.each<Case>([
    {
      kind: 'are told with their reasons',
      test,
      last: '1 passed, 0 failed, 6 skipped',
      says: ['here > lands: needs a moon\n', sun, ...none],
    },
    {
      kind: 'fail in CI when their test and reason are not in the list',
      ci: true,
      test,
      last: '1 passed, 4 failed, 2 skipped',
      says: ['here > lands: needs a moon\n', 'not allowed to be: ', sun, ...none],
    },
    {
      kind: 'are none where other tests were asked for',
      ci: true,
      test: `${PASSES}\nit('other', () => {})`,
      words: ['--testNamePattern', 'passes'],
      last: '1 passed, 0 failed, 1 skipped',
    },
  ])('$kind', expectTold)
})
