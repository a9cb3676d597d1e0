// "A name ... is good for one address and a short time, and a machine's for one connection": who gets a name for which disk, and that it reads that one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NbdExportView } from '../../src/contract/nbd.ts'
import { NbdPeer } from '../fakes/nbd-peer.ts'
import { OrchestratorScene, type SceneMachine } from '../fakes/orchestrator-scene.ts'
import { captureTiny } from '../fakes/scene-images.ts'

let scene: OrchestratorScene
let machine: SceneMachine
let jobId: string

beforeAll(async () => {
  scene = await OrchestratorScene.open({ nbd: { listen: '127.0.0.1', port: 0, opensLoopback: false } })
  const builder = await scene.approved(1)
  await captureTiny(scene, builder, 1)
  await captureTiny(scene, builder, 2)
  machine = await scene.approved(2)
  await scene.post({ kind: 'try', node: machine.nodeName, image: 'tiny', version: 1 })
  jobId = (await machine.claim())!.jobId
})
afterAll(() => scene[Symbol.asyncDispose]())

async function sizeBehind({ port, exportName }: NbdExportView, localAddress?: string): Promise<number | undefined> {
  const peer = await NbdPeer.open(port, localAddress)
  await peer.greet()
  const isOpen = await peer.go(exportName)
  const { error } = isOpen ? await peer.read(0n, 512) : { error: 0 }
  peer.end()
  return isOpen && error === 0 ? 512 : undefined
}

describe('the machine of a trial', () => {
  it('gets a name for the version of its job, which reads it once, from its own address', async () => {
    const { status, body } = await machine.ask(`/jobs/${jobId}/nbd`, {})
    expect(status).toBe(201)
    const name = body as unknown as NbdExportView
    expect(await sizeBehind(name, '127.0.0.9')).toBeUndefined()
    expect(await sizeBehind(name)).toBe(512)
    expect(await sizeBehind(name)).toBeUndefined()
  })

  it('gets none for the job of another', async () => {
    const { status, body } = await machine.ask('/jobs/0d9cf0d2-7f55-4ad7-b2d0-2a6f21f8b111/nbd', {})
    expect([status, body]).toMatchObject([404, { code: 'JOB_CONTENT_REFUSED' }])
  })
})

it('a machine that builds gets none: its job is pinned to no version', async () => {
  const builder = await scene.approved(3)
  await scene.post({ kind: 'build', node: builder.nodeName, profile: 'tiny' })
  const { jobId: build } = (await builder.claim())!
  expect(await builder.ask(`/jobs/${build}/nbd`, {})).toMatchObject({ status: 404, body: { code: 'JOB_CONTENT_REFUSED' } })
})

it('a machine without a job, and one that nobody approved, get none', async () => {
  const idle = await scene.approved(4)
  expect((await idle.ask(`/jobs/${jobId}/nbd`, {})).status).toBe(409)
})

it('a person gets names for any disk, good for the address that is named and its time', async () => {
  const { body } = await scene.operator<NbdExportView>('POST', '/images/tiny/versions/2/nbd', {
    minutes: 5,
    address: '127.0.0.7',
  })
  expect(await sizeBehind(body, '127.0.0.8')).toBeUndefined()
  expect(await sizeBehind(body, '127.0.0.7')).toBe(512)
  scene.clock.advance(301_000)
  expect(await sizeBehind(body, '127.0.0.7')).toBeUndefined()
})
