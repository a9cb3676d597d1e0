// Machines, people and time in any order over the HTTP API, with the appliance killed at random: never two owners, never a lost job,
// completion exactly once.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Assignment } from '../../../src/contract/agent-api.ts'
import type { JobView } from '../../../src/contract/job.ts'
import { bootClientOf, OrchestratorScene, type SceneMachine } from '../../fakes/orchestrator-scene.ts'

const MACHINES = 3

/** A step that takes the machine away, and something to do about a failure. */
const STAGES = `name: stages
architecture: x64
format:
  partitions:
    - { name: root, type: linux, filesystem: ext4, mount: / }
steps:
  - reboot: { into: local-disk, waitSeconds: 200 }
  - setup: { actions: [{ script: finish.sh }] }
onFailure:
  actions: [{ script: finish.sh }]
capture:
  image: stages
`

interface World {
  readonly scene: OrchestratorScene
  readonly machines: Map<number, SceneMachine>
  /** Everything that was ever handed out, under whatever lease. */
  readonly handedOut: { readonly machine: SceneMachine; readonly assignment: Assignment }[]
  readonly posted: string[]
  /** Ends that somebody was told of: they must stay what they are. */
  readonly ended: Map<string, string>
}

interface Action {
  readonly name: string
  run(world: World): Promise<void>
}

const action = (name: string, run: (world: World) => Promise<void>): Action => ({ name, run, toString: () => name }) as Action

async function booted(world: World, n: number): Promise<SceneMachine> {
  const known = world.machines.get(n)
  if (known !== undefined) return known
  const machine = await world.scene.approved(n)
  world.machines.set(n, machine)
  return machine
}

/** It starts anew, over the network: an agent of that boot is there when it is sent into the boot OS. */
async function restart(world: World, n: number): Promise<void> {
  await booted(world, n)
  world.scene.clock.advance(1)
  if (world.scene.orchestrator.bootAnswer(bootClientOf(n)).kind === 'boot-os') world.machines.set(n, await world.scene.boot(n))
}

async function claim(world: World, n: number): Promise<void> {
  const machine = await booted(world, n)
  const assignment = await machine.claim()
  if (assignment !== undefined) world.handedOut.push({ machine, assignment })
}

const machineNumber = fc.integer({ min: 1, max: MACHINES })
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fc.integer({ min: -1, max: 1 }), fc.constantFrom('tiny', 'stages')).map(([priority, profile]) =>
      action(`post ${profile} ${priority}`, async ({ scene, posted }) => {
        const job = await scene.post({ kind: 'build', profile, priority, maxAttempts: 2, completeTimeoutSeconds: 300 })
        posted.push(job.id)
      }),
    ),
  },
  { weight: 5, arbitrary: machineNumber.map((n) => action(`claim ${n}`, (world) => claim(world, n))) },
  { weight: 3, arbitrary: machineNumber.map((n) => action(`restart ${n}`, (world) => restart(world, n))) },
  {
    weight: 4,
    arbitrary: fc.nat().map((which) =>
      action(`leave ${which}`, async ({ handedOut }) => {
        const { machine, assignment } = handedOut[which % Math.max(1, handedOut.length)] ?? {}
        if (assignment === undefined) return
        const { jobId, leaseId } = assignment
        await machine!.ask(`/jobs/${jobId}/departure`, { leaseId, step: 1 })
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      action('all claim at once', async (world) => {
        for (let n = 1; n <= MACHINES; n++) await booted(world, n)
        await Promise.all([1, 2, 3].map((n) => claim(world, n)))
      }),
    ),
  },
  {
    weight: 6,
    arbitrary: fc
      .record({
        which: fc.nat(),
        step: fc.nat(3),
        said: fc.constantFrom('done' as const, 'failed' as const, 'on-failure-over' as const),
        twice: fc.boolean(),
      })
      .map(({ which, step, said, twice }) =>
        action(`report ${which} step ${step} ${said}`, async ({ handedOut }) => {
          const each = handedOut[which % Math.max(1, handedOut.length)]
          // Nobody says of a reboot that it is done: the machine is back, or it is not.
          if (each === undefined || (said === 'done' && each.assignment.steps[step]?.kind === 'reboot')) return
          const outcome = said === 'failed' && step === 0 ? 'done' : said
          const send = () => each.machine.report(each.assignment, step, { outcome })
          const first = await send()
          if (twice) expect((await send()).body).toEqual(first.body)
        }),
      ),
  },
  {
    weight: 2,
    arbitrary: fc.nat().map((which) =>
      action(`cancel ${which}`, async ({ scene, posted }) => {
        const id = posted[which % Math.max(1, posted.length)]
        if (id !== undefined) await scene.operator('POST', `/jobs/${id}/cancel`)
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .integer({ min: 1, max: 100 })
      .map((seconds) => action(`${seconds} s pass`, async ({ scene }) => scene.clock.advance(seconds * 1000))),
  },
  { weight: 2, arbitrary: fc.constant(action('kill', ({ scene }) => scene.killAndBegin())) },
)

async function lookWhetherAllIsWell({ scene, handedOut, posted, ended }: World): Promise<void> {
  const { jobs } = (await scene.operator<{ jobs: JobView[] }>('GET', '/jobs?ended=1000')).body
  expect(jobs.map(({ id }) => id).sort(), 'every posted job is there, once').toEqual([...posted].sort())
  for (const { id, state, results, status, stepKinds } of jobs) {
    if (ended.has(id)) expect(state, 'an end is final').toBe(ended.get(id))
    if (status.completedAt !== undefined) ended.set(id, state)
    if (state === 'succeeded')
      expect(
        results.map(({ step }) => step),
        'each step once, in order',
      ).toEqual(stepKinds.map((_, step) => step))
  }
  const owners = new Map<string, Set<string>>()
  const busy = new Map<string, string>()
  for (const { machine, assignment } of handedOut) {
    if ((await machine.heartbeat(assignment)).body.order !== 'continue') continue
    owners.set(assignment.jobId, (owners.get(assignment.jobId) ?? new Set()).add(assignment.leaseId))
    expect(busy.get(machine.nodeId) ?? assignment.jobId, 'one machine, one job').toBe(assignment.jobId)
    busy.set(machine.nodeId, assignment.jobId)
  }
  for (const leases of owners.values()) expect(leases.size, 'one job, one owner').toBe(1)
}

it('never two owners, never a lost job, completion exactly once', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyAction, { minLength: 5, maxLength: 30 }), async (actions) => {
      await using scene = await OrchestratorScene.open()
      scene.dropFile('stages/profile.yaml', STAGES)
      scene.dropFile('stages/finish.sh', '#!/bin/sh\n')
      const world: World = { scene, machines: new Map(), handedOut: [], posted: [], ended: new Map() }
      for (const each of actions) {
        await each.run(world)
        await lookWhetherAllIsWell(world)
      }
    }),
    { numRuns: 25 },
  )
})
