import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NodeClassView, NodeView } from '../../../src/contract/operator-api.ts'
import type { ScheduleView } from '../../../src/contract/schedules.ts'
import { decodeFrames } from '../../../src/imaging/chunk-frames.ts'
import { CHUNK_BYTES } from '../../../src/imaging/chunk-grid.ts'
import { expandManifest, storedChunksOf } from '../../../src/imaging/manifest-codec.ts'
import { bring, bundleOf, doneOf, emptyScene, furnish, install, PLANTED, standingsOf } from '../../fakes/bundle-scene.ts'
import { OrchestratorScene, type SceneMachine } from '../../fakes/orchestrator-scene.ts'
import { needs, program } from '../../needs.ts'

let giver: OrchestratorScene
let bundle: Buffer

beforeAll(async () => {
  giver = await OrchestratorScene.open()
  await furnish(giver)
  bundle = await bundleOf(giver)
})
afterAll(() => giver[Symbol.asyncDispose]())

/** Rules are called by what nobody chose. */
const withoutIds = (lines: readonly string[]) => lines.map((line) => line.replace(/rule [0-9a-f-]{36}/, 'rule ID'))

const EVERYTHING = [
  'image tiny@1',
  'image tiny@2',
  'tag tiny:stable',
  'package editor@1.2.0',
  'package library@2.0.0',
  'profile tiny',
  'boot-build x64@1',
  'boot-build x64@4',
  'class kiosk',
  'class lab',
  'rule ID',
  'node node-1',
  'schedule nightly',
  'hook chat',
  'hook mail',
]

describe('a bundle of everything', () => {
  it('makes an empty appliance what the giver was, and twice is no harm', async () => {
    await using taker = await emptyScene()
    const brought = await bring(taker, bundle)
    expect(brought.body.detail).toBeUndefined()
    expect(withoutIds(standingsOf(brought.body))).toEqual(EVERYTHING.map((line) => `${line}: new`))
    expect(brought.body.keyStanding).toBe('first-use')
    const installed = await install(taker, brought.body)
    expect(withoutIds(doneOf(installed.body))).toEqual(EVERYTHING.map((line) => `${line}: installed`))

    const again = await bring(taker, bundle, '')
    expect(again.body.keyStanding).toBe('known')
    expect(again.body.newChunks).toBe(0)
    expect(withoutIds(standingsOf(again.body))).toEqual(EVERYTHING.map((line) => `${line}: equal`))
    expect(doneOf((await install(taker, again.body)).body).every((line) => line.endsWith(': equal'))).toBe(true)
  })

  it('comes out of the taker as it went in', async () => {
    await using taker = await emptyScene()
    await install(taker, (await bring(taker, bundle)).body)
    const values = (bytes: Buffer) => indexIn(bytes).entries.map(({ leftOut: _said, ...entry }) => entry)
    expect(values(await bundleOf(taker))).toEqual(values(bundle))
  })

  it('makes of the taker an appliance that works', async () => {
    await using taker = await emptyScene()
    await install(taker, (await bring(taker, bundle)).body)
    const { body: node } = await taker.operator<NodeView>('GET', '/nodes/node-1')
    expect(node).toMatchObject({ state: 'approved', tags: ['lab'], location: 'rack 5', notes: 'the first one' })
    const { body: lab } = await taker.operator<NodeClassView>('GET', '/classes/lab')
    expect(lab).toMatchObject({ nodes: ['node-1'], means: [{ image: 'tiny', version: 2 }] })
    const { body: scheduled } = await taker.operator<{ schedules: ScheduleView[] }>('GET', '/schedules')
    expect(scheduled.schedules[0]).toMatchObject({ name: 'nightly', job: { node: 'node-1' } })
    // The machine itself is known: it needs no approval, and is given its image.
    const job = await taker.post({ kind: 'deploy', node: 'node-1', image: 'tiny', eraseForeignData: true })
    const machine = await taker.boot(1)
    const assignment = (await machine.claim())!
    expect(assignment.jobId).toBe(job.id)
    expect(await fetchedBy(machine, taker, 'tiny', 2)).toEqual(Buffer.alloc(CHUNK_BYTES, 2))
    await machine.finish(assignment)
    expect(await taker.job(job.id)).toMatchObject({ state: 'succeeded' })
    expect((await taker.operator<NodeView>('GET', '/nodes/node-1')).body.installed).toMatchObject({
      imageName: 'tiny',
      version: 2,
    })
  })

  it('holds no secret, and says what was left out', async () => {
    for (const secret of Object.values(PLANTED)) expect(bundle.includes(secret)).toBe(false)
    expect(bundle.includes(giver.operatorToken)).toBe(false)
    const said = Object.fromEntries(indexIn(bundle).entries.map(({ kind, name, leftOut }) => [`${kind} ${name}`, leftOut]))
    expect(said).toMatchObject({
      'class lab': ['personalise.cloudInit.userData'],
      'schedule nightly': ['job.variables.rootPassword'],
      'hook chat': ['secret', 'url: user, password, query'],
      'hook mail': ['password'],
    })
  })

  it('holds each chunk once', async () => {
    const names = execFileSync('tar', ['-tf', '-'], { input: bundle, encoding: 'utf8' }).trim().split('\n')
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((name) => name.startsWith('chunks/'))).toHaveLength(2)
  })

  it('is checked by the program of Debian', needs(program('minisign')), () => {
    const folder = mkdtempSync(join(tmpdir(), 'platen-minisign-'))
    try {
      execFileSync('tar', ['-xf', '-', '-C', folder], { input: bundle })
      const verify = () =>
        execFileSync('minisign', ['-V', '-p', 'key.pub', '-m', 'index.json'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
      expect(verify()).toContain('Signature and comment signature verified')
      const whole = bundle.subarray(0, bundle.lastIndexOf('whole.minisig'))
      writeFileSync(join(folder, 'whole'), whole)
      execFileSync('minisign', ['-V', '-p', 'key.pub', '-m', 'whole', '-x', 'whole.minisig'], { cwd: folder, stdio: 'pipe' })
      const index = readFileSync(join(folder, 'index.json'))
      index[100]! ^= 1
      writeFileSync(join(folder, 'index.json'), index)
      expect(verify).toThrow(/Signature verification failed/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('what is chosen', () => {
  it.each([
    { select: ['class:lab'], want: ['image tiny@2', 'tag tiny:stable', 'package editor@1.2.0', 'class lab'] },
    { select: ['boot-build:x64'], want: ['boot-build x64@1', 'boot-build x64@4'] },
    { select: ['class:kiosk'], want: ['boot-build x64@4', 'class kiosk'] },
    { select: ['image:tiny@1'], want: ['image tiny@1'] },
    { select: ['image:tiny'], want: ['image tiny@1', 'image tiny@2', 'tag tiny:stable'] },
    { select: ['package:library', 'hook:chat'], want: ['package library@2.0.0', 'hook chat'] },
    { select: ['schedule:nightly'], want: ['profile tiny', 'node node-1', 'schedule nightly'] },
  ])('$select brings $want', async ({ select, want }) => {
    const { entries } = indexIn(await bundleOf(giver, ...select))
    expect(entries.map(({ kind, name }) => `${kind} ${name}`)).toEqual(want)
  })

  it('a name that nothing has is told', async () => {
    await expect(bundleOf(giver, 'class:nowhere')).rejects.toThrow(/BUNDLE_SELECTION_UNKNOWN/)
  })
})

describe('whose key it is', () => {
  it('is not taken from a stranger, and nothing of it is looked at', async () => {
    await using taker = await emptyScene()
    const { status, body } = await bring(taker, bundle, '')
    expect([status, body.code]).toEqual([403, 'BUNDLE_KEY_UNKNOWN'])
    expect(readdirSync(join(taker.dataDir, 'bundles', 'incoming'))).toEqual([])
  })

  it('may be named, and must be that one then', async () => {
    await using taker = await emptyScene()
    const { body: key } = await giver.operator<{ publicKey: string }>('GET', '/bundle-key')
    const { body: other } = await taker.operator<{ publicKey: string }>('GET', '/bundle-key')
    const query = (line: string) => `trustNewKey=true&key=${encodeURIComponent(line)}`
    expect((await bring(taker, bundle, query(key.publicKey))).body.keyStanding).toBe('named')
    expect((await bring(taker, bundle, query(other.publicKey))).body.code).toBe('BUNDLE_KEY_UNKNOWN')
  })

  it('is the own one where the bundle was made', async () => {
    expect((await bring(giver, bundle, '')).body.keyStanding).toBe('own')
  })

  it('is not remembered by a look alone', async () => {
    await using taker = await emptyScene()
    const { body } = await bring(taker, bundle)
    await taker.operator('DELETE', `/bundles/${body.id}`)
    expect((await bring(taker, bundle, '')).body.code).toBe('BUNDLE_KEY_UNKNOWN')
  })
})

/** The one chunk of a version, as the agent of the machine gets it. */
async function fetchedBy(machine: SceneMachine, { app }: OrchestratorScene, imageName: string, version: number): Promise<Buffer> {
  const headers = { authorization: `Bearer ${machine.token}` }
  const manifest = await app.inject({ url: `/agent/v1/images/${imageName}/versions/${version}/manifest`, headers })
  const digests = [...storedChunksOf(await expandManifest(manifest.rawPayload))]
  const { rawPayload } = await app.inject({ method: 'POST', url: '/agent/v1/chunks/fetch', headers, payload: { digests } })
  const frames = decodeFrames(Readable.from([rawPayload]))
  const { value } = await frames.next()
  return zstdDecompressSync((value as { bytes: Uint8Array }).bytes)
}

interface Index {
  readonly entries: readonly { readonly kind: string; readonly name: string; readonly leftOut?: readonly string[] }[]
}

const indexIn = (bytes: Buffer): Index =>
  JSON.parse(execFileSync('tar', ['-xOf', '-', 'index.json'], { input: bytes, encoding: 'utf8' })) as Index
