// Agents that say that a step is done when it is not: the appliance counts what it holds itself.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Assignment, StepReport } from '../../../src/contract/agent-api.ts'
import type { ImageVersionView, ImageView } from '../../../src/contract/image.ts'
import type { JobView } from '../../../src/contract/job.ts'
import type { NodeView } from '../../../src/contract/operator-api.ts'
import type { StepKind } from '../../../src/contract/steps.ts'
import { type HeldVersion, unproven } from '../../../src/orchestrator/job/evidence.ts'
import { OrchestratorScene, type SceneMachine } from '../../fakes/orchestrator-scene.ts'
import { captureTiny } from '../../fakes/scene-images.ts'

const ZEROS = '0'.repeat(64)
const OTHERS = 'b'.repeat(64)
const HELD: HeldVersion = { imageName: 'tiny', version: 3, contentDigest: 'a'.repeat(64) }
const CONF = { to: '/etc/x.conf', digest: 'c'.repeat(64) }
const NOTHING = { version: undefined, lackingChunks: 0 }

describe('a report of "done" is held against what is there', () => {
  const proven = { version: HELD, lackingChunks: 0 }
  it.each<{ kind: StepKind; claims: object; evidence?: object; says?: string }>([
    { kind: 'capture', claims: {} },
    { kind: 'capture', claims: { imageVersion: 3, contentDigest: HELD.contentDigest } },
    { kind: 'capture', claims: {}, evidence: NOTHING, says: 'no version was published' },
    { kind: 'capture', claims: { imageVersion: 2 }, says: 'tiny version 3' },
    { kind: 'capture', claims: { contentDigest: OTHERS }, says: HELD.contentDigest },
    { kind: 'deploy', claims: { contentDigest: HELD.contentDigest } },
    { kind: 'deploy', claims: {}, says: 'names no content digest' },
    { kind: 'deploy', claims: { contentDigest: ZEROS }, says: ZEROS },
    { kind: 'deploy', claims: { contentDigest: HELD.contentDigest }, evidence: NOTHING, says: 'does not have the version' },
    { kind: 'verify', claims: { contentDigest: HELD.contentDigest, imageVersion: 3 } },
    { kind: 'verify', claims: { imageVersion: 3 }, says: 'names no content digest' },
    { kind: 'verify', claims: { contentDigest: HELD.contentDigest, imageVersion: 4 }, says: 'version 4' },
    { kind: 'verify', claims: { contentDigest: OTHERS }, says: OTHERS },
    { kind: 'heal', claims: { imageVersion: 3 } },
    { kind: 'heal', claims: {}, evidence: { version: HELD, lackingChunks: 2 }, says: 'lacks 2 chunks' },
    { kind: 'grow', claims: {} },
    { kind: 'grow', claims: { contentDigest: OTHERS }, says: OTHERS },
    { kind: 'personalise', claims: { imageVersion: 1 }, says: 'version 1' },
    { kind: 'personalise', claims: { configuration: [CONF] }, evidence: { ...proven, configuration: [CONF] } },
    { kind: 'personalise', claims: {}, evidence: { ...proven, configuration: [CONF] }, says: 'did not read /etc/x.conf back' },
    {
      kind: 'packages',
      claims: { configuration: [{ ...CONF, digest: OTHERS }] },
      evidence: { ...proven, configuration: [CONF] },
      says: 'did not read /etc/x.conf back',
    },
    { kind: 'setup', claims: {}, evidence: NOTHING },
    { kind: 'setup', claims: { imageVersion: 3 }, evidence: NOTHING, says: 'the step has none' },
    { kind: 'format', claims: { contentDigest: OTHERS }, evidence: NOTHING, says: 'the step has none' },
    { kind: 'reboot', claims: {}, evidence: NOTHING, says: 'gone and is back' },
  ])('$kind that claims $claims', ({ kind, claims, evidence = proven, says }) => {
    const failure = unproven(kind, claims, evidence as typeof proven)
    if (says === undefined) expect(failure).toBeUndefined()
    else expect(failure).toMatchObject({ code: 'JOB_OUTCOME_UNPROVEN', message: expect.stringContaining(says) })
  })
})

async function builder(request: object = {}) {
  const scene = await OrchestratorScene.open()
  const machine = await scene.approved(1)
  const job = await scene.post({ kind: 'build', profile: 'tiny', ...request })
  const assignment = (await machine.claim())!
  return { scene, machine, job, assignment, last: assignment.steps.length - 1 }
}

describe('a capture', () => {
  it('that published nothing has failed, and so has what waits for it', async () => {
    const { scene, machine, job, assignment, last } = await builder()
    await using _scene = scene
    const after = await scene.post({ kind: 'build', profile: 'tiny', after: [job.id] })
    for (let step = 0; step < last; step++) await machine.say(assignment, step)
    expect((await machine.say(assignment, last, { imageVersion: 1 })).body.order).toBe('ended')
    expect(await scene.job(job.id)).toMatchObject({ state: 'failed', failure: { code: 'JOB_OUTCOME_UNPROVEN' } })
    expect(await scene.job(after.id)).toMatchObject({ state: 'failed', failure: { code: 'JOB_DEPENDENCY_FAILED' } })
    expect((await machine.say(assignment, last, { imageVersion: 1 })).body.order, 'the same answer again').toBe('ended')
  })

  it('that published under an older lease has not published under this one; it does so again, and that counts', async () => {
    const { scene, machine, job, assignment, last } = await builder({ stepRetries: 1 })
    await using _scene = scene
    for (let step = 0; step < last; step++) await machine.say(assignment, step)
    expect((await machine.publish(assignment)).body.version).toBe(1)
    const rebooted = await scene.boot(1)
    const again = (await rebooted.claim())!
    expect((await rebooted.say(again, last)).body.order).toBe('repeat-step')
    expect((await rebooted.publish(again)).body.version).toBe(1)
    expect((await rebooted.say(again, last, { seconds: 2 })).body.order).toBe('ended')
    expect(await scene.job(job.id)).toMatchObject({ state: 'succeeded' })
  })

  it('counts after a restart of the appliance in between, with the version that the appliance has', async () => {
    const { scene, machine, job, assignment, last } = await builder()
    await using _scene = scene
    for (let step = 0; step < last; step++) await machine.say(assignment, step)
    await machine.publish(assignment)
    await scene.killAndBegin()
    expect((await machine.say(assignment, last)).body.order).toBe('ended')
    const { results, state } = await scene.job(job.id)
    expect(state).toBe('succeeded')
    expect(results.at(-1)).toMatchObject({
      kind: 'capture',
      imageVersion: 1,
      contentDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it('is the only step in which a version is taken', async () => {
    const { scene, machine, assignment, last } = await builder()
    await using _scene = scene
    expect(await machine.publish(assignment)).toMatchObject({ status: 404, body: { code: 'JOB_CONTENT_REFUSED' } })
    for (let step = 0; step < last; step++) await machine.say(assignment, step)
    expect((await machine.publish(assignment)).status).toBe(200)
  })

  it('of an earlier try does not count for the next', async () => {
    const { scene, machine, job, assignment, last } = await builder({ stepRetries: 1 })
    await using _scene = scene
    for (let step = 0; step < last; step++) await machine.say(assignment, step)
    await machine.publish(assignment)
    expect((await machine.say(assignment, last, { outcome: 'failed' })).body.order).toBe('repeat-step')
    await machine.say(assignment, last)
    expect(await scene.job(job.id)).toMatchObject({ state: 'failed', failure: { code: 'JOB_OUTCOME_UNPROVEN' } })
  })
})

describe('a deploy', () => {
  it.each<{ name: string; claims: Partial<StepReport> }>([
    { name: 'no digest', claims: {} },
    { name: 'a digest of zeros', claims: { contentDigest: ZEROS } },
    { name: 'the version without its digest', claims: { imageVersion: 1 } },
  ])('whose verify has $name is not recorded as installed', async ({ claims }) => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await captureTiny(scene, machine, 1)
    const job = await scene.post({ kind: 'deploy', node: 'node-1', image: 'tiny' })
    const assignment = (await machine.claim())!
    await machine.report(assignment, 0)
    expect((await machine.say(assignment, 1, claims)).body.order).toBe('ended')
    expect(await scene.job(job.id)).toMatchObject({ state: 'failed', failure: { code: 'JOB_OUTCOME_UNPROVEN' } })
    expect((await scene.operator<NodeView>('GET', '/nodes/node-1')).body.installed).toBeUndefined()
  })

  it("does not take another version's digest", async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await captureTiny(scene, machine, 1)
    await captureTiny(scene, machine, 2)
    const { contentDigest } = (await scene.operator<ImageVersionView>('GET', '/images/tiny/versions/2')).body
    const job = await scene.post({ kind: 'deploy', node: 'node-1', image: 'tiny', version: 1 })
    const assignment = (await machine.claim())!
    await machine.say(assignment, 0, { contentDigest })
    expect(await scene.job(job.id)).toMatchObject({ state: 'failed', failure: { code: 'JOB_OUTCOME_UNPROVEN' } })
  })
})

describe('a heal', () => {
  it.each([
    { name: 'is done when the store has all chunks', isLost: false, state: 'succeeded' },
    { name: 'has failed while chunks lack', isLost: true, state: 'failed' },
  ])('$name', async ({ isLost, state }) => {
    await using scene = await OrchestratorScene.open()
    await captureTiny(scene, await scene.approved(1), 1)
    if (isLost) rmSync(join(scene.dataDir, 'chunks'), { recursive: true })
    await scene.killAndBegin()
    const job = await scene.post({ kind: 'heal', node: 'node-1', image: 'tiny', version: 1 })
    const machine = await scene.boot(1)
    const assignment = (await machine.claim())!
    const { jobId, leaseId } = assignment
    expect((await machine.ask(`/jobs/${jobId}/reservation`, { leaseId, usedBytes: 1 })).status).toBe(200)
    await machine.say(assignment, 0, { imageVersion: 1 })
    expect((await scene.job(job.id)).state).toBe(state)
  })
})

it('what an agent says of a step while its job is failing changes neither its failure nor its results', async () => {
  await using scene = await OrchestratorScene.open()
  scene.dropFile('tiny/profile.yaml', `${PROFILE}onFailure:\n  actions: [{ script: finish.sh }]\n`)
  const machine = await scene.approved(1)
  const job = await scene.post({ kind: 'build', profile: 'tiny' })
  const assignment = (await machine.claim())!
  const failure = { code: 'AGENT_SCRIPT_FAILED', message: 'no', hint: '' }
  expect((await machine.say(assignment, 0, { outcome: 'failed', failure })).body.order).toBe('on-failure')
  expect((await machine.say(assignment, 0)).body.order).toBe('on-failure')
  expect((await machine.say(assignment, 0, { outcome: 'failed' })).body.order).toBe('on-failure')
  await machine.say(assignment, 0, { outcome: 'on-failure-over' })
  expect(await scene.job(job.id)).toMatchObject({ state: 'failed', failure, results: [] })
})

const PROFILE = `name: tiny
architecture: x64
format:
  partitions:
    - { name: root, type: linux, filesystem: ext4, mount: / }
capture:
  image: tiny
`

/** One machine whose agent does what the script says, with every assignment that it ever got. */
interface Liar {
  readonly scene: OrchestratorScene
  machine: SceneMachine
  readonly held: { readonly machine: SceneMachine; readonly assignment: Assignment }[]
  readonly published: Set<string>
}

type Deed =
  | { readonly do: 'claim' | 'boot' | 'expire' }
  | { readonly do: 'publish'; readonly which: number; readonly content: string }
  | {
      readonly do: 'say'
      readonly which: number
      readonly step: number
      readonly outcome: StepReport['outcome']
      readonly digest: 'none' | 'zeros' | 'right' | 'other'
      readonly twice: boolean
    }

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ do: 'claim' } as const) },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'boot' } as const, { do: 'expire' } as const) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('publish' as const), which: fc.nat(2), content: fc.constantFrom('x', 'y') }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('say' as const),
      which: fc.nat(2),
      step: fc.nat(2),
      outcome: fc.constantFrom('done' as const, 'done' as const, 'done' as const, 'failed' as const),
      digest: fc.constantFrom('none' as const, 'zeros' as const, 'right' as const, 'other' as const),
      twice: fc.boolean(),
    }),
  },
)

async function act(liar: Liar, what: Deed, digests: Record<'none' | 'zeros' | 'right' | 'other', string | undefined>) {
  const { scene, held, published } = liar
  switch (what.do) {
    case 'claim': {
      const assignment = await liar.machine.claim()
      if (assignment !== undefined) held.unshift({ machine: liar.machine, assignment })
      return
    }
    case 'boot':
      scene.clock.advance(1)
      liar.machine = await scene.boot(1).catch(() => liar.machine)
      return
    case 'expire':
      return scene.clock.advance(100_000)
    case 'publish': {
      const { machine, assignment } = held[what.which] ?? {}
      if (assignment === undefined) return
      const { status, body } = await machine!.publish(assignment, what.content)
      if (status === 200) published.add(`${assignment.jobId} ${assignment.leaseId} ${body.version}`)
      return
    }
    case 'say': {
      const { machine, assignment } = held[what.which] ?? {}
      if (assignment === undefined) return
      const contentDigest = digests[what.digest]
      const report = { outcome: what.outcome, ...(contentDigest === undefined ? {} : { contentDigest }) }
      const first = await machine!.say(assignment, what.step, report)
      if (what.twice) expect((await machine!.say(assignment, what.step, report)).body).toEqual(first.body)
    }
  }
}

it('scripted liars: what succeeded is there, what waits is released by that alone, what is installed was proven', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 8, maxLength: 40 }), async (deeds) => {
      await using scene = await OrchestratorScene.open()
      scene.dropFile('tiny/profile.yaml', PROFILE)
      const machine = await scene.approved(1)
      await captureTiny(scene, machine, 1)
      const right = (await scene.operator<ImageVersionView>('GET', '/images/tiny/versions/1')).body.contentDigest
      const build = await scene.post({ kind: 'build', profile: 'tiny' })
      const after = await scene.post({ kind: 'deploy', node: 'node-1', image: 'tiny', version: 1, after: [build.id] })
      const liar: Liar = { scene, machine, held: [], published: new Set() }
      for (const each of deeds) await act(liar, each, { none: undefined, zeros: ZEROS, right, other: OTHERS })

      const [built, deployed] = [await scene.job(build.id), await scene.job(after.id)]
      const { images } = (await scene.operator<{ images: ImageView[] }>('GET', '/images')).body
      if (built.state === 'succeeded') {
        const { imageVersion, contentDigest } = built.results.at(-1)!
        const version = images[0]!.versions.find(({ version }) => version === imageVersion)
        expect(version).toMatchObject({ jobId: build.id, contentDigest })
        const leases = liar.held
          .filter(({ assignment }) => assignment.jobId === build.id)
          .map(({ assignment }) => assignment.leaseId)
        expect(liar.published, 'under the last lease').toContain(`${build.id} ${leases[0]} ${imageVersion}`)
      }
      if (deployed.attempt > 0) expect(built.state).toBe('succeeded')
      expectInOrder(built)
      expectInOrder(deployed)
      for (const { kind, contentDigest } of deployed.results)
        if (kind === 'deploy' || kind === 'verify') expect(contentDigest).toBe(right)
      const { installed } = (await scene.operator<NodeView>('GET', '/nodes/node-1')).body
      if (installed !== undefined) expect(deployed.results.map(({ kind }) => kind)).toContain('verify')
    }),
    { numRuns: 20 },
  )
})

function expectInOrder({ results, state, stepKinds }: JobView): void {
  expect(results.map(({ step }) => step)).toEqual(results.map((_, index) => index))
  if (state === 'succeeded') expect(results).toHaveLength(stepKinds.length)
}
