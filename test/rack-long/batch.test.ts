// A batch of six products, built by `platen build` on two machines and again on one: what came of it, and how long each took.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import type { GatheredJob } from '../../src/cli/batch-gather.ts'
import type { ApplianceProcess } from '../rack/appliance-process.ts'
import type { Operator } from '../rack/operator.ts'
import { run } from '../rack/owned-process.ts'
import { prepareBoot } from '../rack/prepare.ts'
import { Rack } from '../rack/rack.ts'
import { startWaitingMachines, type WaitingMachines } from './waiting-machines.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/platen')
const PROFILE = join(import.meta.dirname, '../fakes/profiles/small-product')
const BATCH_MS = 900_000
const PRODUCTS = ['web', 'db']
const CONFIGURATIONS = ['debug', 'release', 'trial']

describe('a batch of six products', () => {
  let rack: Rack
  let bootDir: string
  let scene: WaitingMachines

  beforeAll(async () => {
    const prepared = await prepareBoot(['x64'], () => {})
    bootDir = prepared.bootDir
    rack = await Rack.create(prepared)
  })

  afterAll(() => rack?.close())

  it('is built on two machines, and on one', async () => {
    onTestFailed(() => rack.saveLogs())
    const profilesDir = join(rack.directory, 'profiles')
    for (const product of PRODUCTS) makeProfile(join(profilesDir, product), product)
    scene = await startWaitingMachines(rack, { bootDir, profilesDir, diskBytes: 32 * 1024 ** 2 })
    const { machines } = scene
    // Each machine has built once before anything is measured: what an agent does for the first time takes it longer.
    await build('warm-up', CONFIGURATIONS.slice(0, 1))

    const onTwo = await build('two-machines', CONFIGURATIONS)
    expect(new Set(onTwo.jobs.map(({ job }) => job.nodeName))).toEqual(new Set(machines.map(({ spec }) => spec.name)))

    const [kept, other] = machines
    await scene.operator.order('node', 'hold', other.spec.name)
    await other.powerOff()
    const onOne = await build('one-machine', CONFIGURATIONS)
    expect(new Set(onOne.jobs.map(({ job }) => job.nodeName))).toEqual(new Set([kept.spec.name]))

    const ratio = onOne.seconds / onTwo.seconds
    expect(ratio).toBeGreaterThan(0)
    // Told, not judged: emulated machines share the processors of the one that runs them.
    console.log(`two machines against one: ${ratio.toFixed(2)} times as fast`)
  })

  /** What a person types, until it is over; with everything proven that it is to leave behind. */
  async function build(name: string, configurations: readonly string[]): Promise<{ jobs: GatheredJob[]; seconds: number }> {
    const { appliance, operator } = scene
    const [manifest, folder] = [join(rack.directory, `${name}.yaml`), join(rack.directory, name)]
    writeFileSync(manifest, manifestOf(name, configurations))
    const startedAt = performance.now()
    const jobs = await platenBuild(appliance, manifest, folder)
    const seconds = (performance.now() - startedAt) / 1000
    console.log(`${name}: ${jobs.length} jobs in ${seconds.toFixed(1)} s`)
    await prove(operator, { name, configurations, folder, jobs })
    return { jobs, seconds }
  }
})

function makeProfile(folder: string, product: string): void {
  cpSync(PROFILE, folder, { recursive: true })
  const file = join(folder, 'profile.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('small-product', product))
}

const manifestOf = (name: string, configurations: readonly string[]) =>
  JSON.stringify({
    name,
    images: 'raw',
    whenDone: 'stay',
    products: PRODUCTS.map((product) => ({ name: product, profile: product, variables: { product } })),
    configurations: configurations.map((configuration) => ({ name: configuration, variables: { configuration } })),
  })

async function platenBuild({ url, tokenFile }: ApplianceProcess, manifest: string, folder: string): Promise<GatheredJob[]> {
  const words = ['build', '--manifest', manifest, '--wait', '--output', folder, '--json']
  return JSON.parse(await run(PROGRAM, [...words, '--url', url, '--token-file', tokenFile], BATCH_MS)) as GatheredJob[]
}

interface Built {
  readonly name: string
  readonly configurations: readonly string[]
  readonly folder: string
  readonly jobs: readonly GatheredJob[]
}

/** Each image is that of its own product and configuration, and the folder tells of all of them. */
async function prove(operator: Operator, { name, configurations, folder, jobs }: Built): Promise<void> {
  const wanted = PRODUCTS.flatMap((product) => configurations.map((configuration) => ({ product, configuration })))
  expect(jobs.map((each) => each.name)).toEqual(wanted.map(({ product, configuration }) => `${product}/${configuration}`))
  for (const [index, { product, configuration }] of wanted.entries()) {
    const { job, imageFile } = jobs[index]!
    expect(job).toMatchObject({ state: 'succeeded', attempt: 1 })
    const image = readFileSync(join(folder, imageFile!))
    expect(image.includes(`product ${product} in configuration ${configuration}\n`)).toBe(true)
    expect(readFileSync(join(folder, `${product}/${configuration}.log`), 'utf8')).toContain('capture')
  }
  const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as GatheredJob[]
  expect(report).toEqual(jobs)
  const [text, log] = ['report.txt', 'batch.log'].map((file) => readFileSync(join(folder, file), 'utf8'))
  for (const { name: item } of jobs) {
    expect(text).toContain(item)
    expect(log).toContain(`${item}  `)
  }
  expect((await operator.api.jobs()).filter(({ request }) => request.batch === name)).toHaveLength(jobs.length)
}
