// Build batches: the file, and the command against a real orchestrator with two machines that work.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { OperatorApi } from '../../src/cli/api.ts'
import { createApiClient } from '../../src/cli/api-client.ts'
import { batchItems, parseBatchManifest } from '../../src/cli/batch-manifest.ts'
import { build } from '../../src/cli/commands/build.ts'
import { execute } from '../../src/cli/execute.ts'
import { AppError, ERROR_CODES } from '../../src/contract/errors.ts'
import { VERSION } from '../fakes/operator-views.ts'
import { OrchestratorScene, type SceneMachine } from '../fakes/orchestrator-scene.ts'
import { contextWith, RecordedOutput } from '../fakes/recorded-output.ts'
import { StateFolder } from '../fakes/state-folder.ts'

const MANIFEST = `name: release-4
priority: 5
whenDone: stay
products:
  - { name: web, profile: tiny, needs: { minMemoryBytes: 1 } }
  - { name: db, profile: tiny }
configurations:
  - { name: debug, needs: { firmware: bios } }
  - { name: release }
`

describe('batchItems', () => {
  it('each product in each configuration, with what both say', () => {
    const items = batchItems(parseBatchManifest(MANIFEST, 'release.yaml'))
    expect(items.map(({ name }) => name)).toEqual(['web/debug', 'web/release', 'db/debug', 'db/release'])
    expect(items[0]?.job).toEqual({
      kind: 'build',
      profile: 'tiny',
      batch: 'release-4',
      title: 'release-4: web/debug',
      priority: 5,
      whenDone: 'stay',
      needs: { minMemoryBytes: 1, firmware: 'bios' },
    })
  })

  it('six versions of seven products are forty-two jobs', () => {
    const names = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `n${n}`, profile: 'tiny' }))
    const configurations = names(6).map(({ name }) => ({ name }))
    expect(batchItems({ name: 'all', products: names(7), configurations })).toHaveLength(42)
  })

  it.each([
    { name: 'an unknown key', text: MANIFEST.replace('priority', 'prio'), says: 'additional properties' },
    { name: 'no products', text: 'name: x\nproducts: []\n', says: '/products' },
    { name: 'one name twice', text: MANIFEST.replace('name: db', 'name: web'), says: 'two entries are called web' },
    { name: 'no YAML', text: 'a: [', says: 'release.yaml' },
  ])('$name is told', ({ text, says }) => {
    expect(() => parseBatchManifest(text, 'release.yaml')).toThrowError(AppError)
    expect(() => parseBatchManifest(text, 'release.yaml')).toThrowError(says)
  })
})

/** What the machine has in its hands is done, all but the jobs of which `fails` is true. */
async function work(machine: SceneMachine, fails: (profile: string) => boolean): Promise<void> {
  const assignment = await machine.claim()
  if (assignment === undefined) return
  const outcome = fails(assignment.jobId) ? ({ outcome: 'failed' } as const) : {}
  for (let step = 0; step < assignment.steps.length; step++) {
    const isCapture = assignment.steps[step]!.kind === 'capture'
    await machine.report(assignment, step, isCapture ? outcome : {})
  }
}

const NOT_THERE = new AppError('IMAGE_CHUNK_CORRUPT', 'a chunk is damaged', 'Capture it again.')

/** The images themselves are not made: what is gathered is told by name. */
async function runBatch(fails: (jobId: string, count: number) => boolean, isLost = (_file: string) => false) {
  const scene = await OrchestratorScene.open()
  const folder = new StateFolder()
  const machines = [await scene.approved(1), await scene.approved(2)]
  const fetch = (async (url: string, options: { method: 'GET' | 'POST'; headers: Record<string, string>; body?: string }) => {
    const { method, headers, body } = options
    const answer = await scene.app.inject({
      method,
      url: new URL(url).pathname + new URL(url).search,
      headers,
      ...(body === undefined ? {} : { payload: body }),
    })
    return new Response(answer.body === '' ? null : answer.body, { status: answer.statusCode })
  }) as unknown as typeof globalThis.fetch
  const tokenFile = join(scene.dataDir, 'secrets', 'operator-token')
  const api: OperatorApi = {
    ...createApiClient({ url: 'http://appliance', tokenFile, signal: new AbortController().signal, fetch }),
    images: async () => [{ name: 'tiny', versions: [1, 2, 3, 4].map((version) => ({ ...VERSION, imageName: 'tiny', version })) }],
    async exportImage({ version, file, format }) {
      if (isLost(file)) throw NOT_THERE
      writeFileSync(file, `${format} of ${version.imageName} ${version.version}`)
      return 1
    },
  }
  const out = new RecordedOutput()
  let count = 0
  const sleep = async (): Promise<void> => {
    for (const machine of machines) await work(machine, (id) => fails(id, ++count))
  }
  const file = join(folder.path, 'release.yaml')
  writeFileSync(file, MANIFEST)
  const output = join(folder.path, 'out')
  const exit = await execute(build, ['--manifest', file, '--wait', '--output', output], { ...contextWith(api, out), sleep })
  return { scene, folder, out, exit, output }
}

describe('platen build', () => {
  it('builds all on the machines that there are, and gathers what came of it', async () => {
    const { scene, folder, out, exit, output } = await runBatch(() => false)
    expect(exit).toBe(0)
    expect(out.text).toContain('web/debug')
    expect(out.text).toContain('tiny version 4')
    expect(out.errorText).toContain('db/release  succeeded')
    expect(JSON.parse(readFileSync(join(output, 'report.json'), 'utf8'))).toHaveLength(4)
    expect(JSON.parse(readFileSync(join(output, 'web/debug.json'), 'utf8'))).toMatchObject({
      imageName: 'tiny',
      version: expect.any(Number),
      state: 'succeeded',
      imageFile: 'web/debug.platen',
    })
    expect(readFileSync(join(output, 'web/debug.platen'), 'utf8')).toMatch(/^bundle of tiny [1-4]$/)
    expect(readFileSync(join(output, 'batch.log'), 'utf8')).toMatch(/^web\/debug {2}.*job succeeded$/m)
    expect(readFileSync(join(output, 'web/debug.log'), 'utf8')).toContain('job succeeded')
    const nodes = JSON.parse(readFileSync(join(output, 'report.json'), 'utf8')).map(
      ({ job }: { job: { nodeName: string } }) => job.nodeName,
    )
    expect(new Set(nodes)).toEqual(new Set(['node-1', 'node-2']))
    await scene[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  it('goes on when one image cannot be gathered, says why, and is no success', async () => {
    const { scene, folder, out, exit, output } = await runBatch(
      () => false,
      (file) => file.includes('web/release'),
    )
    expect(exit).toBe(ERROR_CODES.CLI_JOB_NOT_SUCCEEDED.exit)
    expect(out.errorText).toContain('of 1 of 4 jobs were made, but could not be gathered: web/release')
    expect(readFileSync(join(output, 'report.txt'), 'utf8')).toContain('not gathered: a chunk is damaged')
    expect(readFileSync(join(output, 'db/release.platen'), 'utf8')).toMatch(/tiny [1-4]$/)
    await scene[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  it('is no success when one of them failed', async () => {
    const { scene, folder, out, exit } = await runBatch((_id, count) => count === 2)
    expect(exit).toBe(ERROR_CODES.CLI_JOB_NOT_SUCCEEDED.exit)
    expect(out.errorText).toMatch(/1 of 4 jobs did not succeed: \w+\/\w+/)
    await scene[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })
})
