// What a machine boots is answered from memory: no file is read on the way, neither at once nor by the pool of threads.
import { createHook } from 'node:async_hooks'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import { expect, it } from 'vitest'
import { createNetboot } from '../../src/netboot/index.ts'
import { macOf } from '../fakes/inventories.ts'
import { bootClientOf, OrchestratorScene } from '../fakes/orchestrator-scene.ts'
import { EVERYBODYS_ADDRESS } from '../fakes/proven-peer.ts'

const NODES = 20
const ROUNDS = 10
const machines = Array.from({ length: NODES * 2 }, (_, n) => n)

/** Read calls of this thread so far. */
const readCalls = () => Number(/syscr: (\d+)/.exec(readFileSync('/proc/thread-self/io', 'utf8'))![1])

/** Requests to the file system that the pool of threads would carry out. */
async function fileRequestsDuring(work: () => Promise<void>): Promise<readonly string[]> {
  const seen: string[] = []
  const hook = createHook({ init: (_id, type) => void (type.startsWith('FS') && seen.push(type)) }).enable()
  try {
    await work()
  } finally {
    hook.disable()
  }
  return seen
}

it('reads no file for those it knows, those it does not, and those that have a job', async () => {
  await using scene = await OrchestratorScene.open()
  for (let n = 0; n < NODES; n++) await (n % 2 === 0 ? scene.approved(n) : scene.boot(n))
  const dir = mkdtempSync(join(tmpdir(), 'platen-boot-answer-'))
  const netboot = createNetboot(
    {
      bootDir: dir,
      stateDir: dir,
      httpPort: 80,
      interfaces: [{ name: 'lo', mode: 'off', address: '127.0.0.1', prefixLength: 8 }],
    },
    { policy: scene.orchestrator, log: { info() {}, warn() {} }, neighbours: EVERYBODYS_ADDRESS },
  )
  const app = fastify()
  await app.register(netboot.httpRoutes)
  await app.ready()

  const requests = await fileRequestsDuring(async () => {
    for (const n of machines) {
      const { body } = await app.inject(`/boot/${macOf(n)}.ipxe?platform=efi&arch=x86_64`)
      expect(body).toMatch(/^#!ipxe/)
    }
  })
  expect(requests).toEqual([])

  const before = readCalls()
  for (let round = 0; round < ROUNDS; round++) {
    for (const n of machines) {
      scene.orchestrator.bootAnswer(bootClientOf(n))
      scene.orchestrator.loaderFor(macOf(n))
      scene.orchestrator.nodeOf(macOf(n))
    }
  }
  // The counter itself is read in two calls.
  expect(readCalls() - before).toBeLessThanOrEqual(2)
  await app.close()
  rmSync(dir, { recursive: true })
})
