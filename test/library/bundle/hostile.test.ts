// Bundles whose signature is right and whose content is not: whoever may sign may still be wrong, or worse.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BundleEntry } from '../../../src/contract/bundle.ts'
import { bring, emptyScene, install } from '../../fakes/bundle-scene.ts'
import type { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'
import { CLASS_ENTRY, FILE_ENTRY, IMAGE_ENTRY, smallBundle } from '../../fakes/small-bundle.ts'

let taker: OrchestratorScene
beforeAll(async () => {
  taker = await emptyScene()
})
afterAll(() => taker[Symbol.asyncDispose]())

const said = (change: object): BundleEntry => ({ ...IMAGE_ENTRY, value: { ...(IMAGE_ENTRY.value as object), ...change } })
const { manifest: _manifest, ...WITHOUT_MANIFEST } = IMAGE_ENTRY
const PROFILE = {
  name: 'evil',
  revision: '0'.repeat(64),
  text: 'name: evil\narchitecture: x64\nformat:\n  partitions:\n    - { name: root, type: linux, filesystem: ext4, mount: / }\ncapture:\n  image: evil\n',
  files: {},
}
const profile = (change: object): BundleEntry => ({ kind: 'profile', name: 'evil', value: { ...PROFILE, ...change } })

describe('is refused, and nothing of it is kept', () => {
  it.each([
    { name: 'an image of another number', entry: said({ version: 4 }), why: /called otherwise/ },
    { name: 'an image whose name leads out', entry: { ...said({ imageName: '../x' }), name: '../x@3' }, why: /imageName/ },
    {
      name: 'an image with the manifest of another',
      entry: said({ manifestDigest: '1'.repeat(64) }),
      why: /manifest is that of/,
    },
    { name: 'an image with another content digest', entry: said({ contentDigest: '1'.repeat(64) }), why: /manifest is that of/ },
    { name: 'an image without a manifest', entry: WITHOUT_MANIFEST, why: /no manifest/ },
    { name: 'an image that is tagged by itself', entry: said({ tags: ['stable'] }), why: /tags/ },
    {
      name: 'a class with a selector of another shape',
      entry: { ...CLASS_ENTRY, value: { name: 'lab', selector: 7 } },
      why: /selector/,
    },
    { name: 'a profile whose text is a list', entry: profile({ text: '[1, 2]' }), why: /profile.yaml/ },
    { name: 'a profile that expands', entry: profile({ text: bomb() }), why: /profile.yaml/ },
    { name: 'a profile of another revision', entry: profile({}), why: /revision/ },
    {
      name: 'a package whose digest is another',
      entry: {
        kind: 'package' as const,
        name: 'p@1.0.0',
        value: {
          kind: 'folder',
          description: { name: 'p', version: '1.0.0' },
          files: {},
          digest: '2'.repeat(64),
          addedAt: '2026-01-02T03:04:05.000Z',
        },
      },
      why: /digest/,
    },
    {
      name: 'a hook of an unknown kind',
      entry: { kind: 'hook' as const, name: 'h', value: { kind: 'shell', command: 'rm -rf /' } },
      why: /hook h/,
    },
    {
      name: 'a node in a state that there is not',
      entry: { kind: 'node' as const, name: 'n', value: { name: 'n', state: 'root' } },
      why: /node n/,
    },
  ])('$name', async ({ entry, why }) => {
    const { status, body } = await bring(taker, await smallBundle([entry]))
    expect([status, body.code]).toEqual([422, 'BUNDLE_INVALID'])
    expect(body.detail).toMatch(why)
    expect(readdirSync(join(taker.dataDir, 'bundles', 'incoming'))).toEqual([])
    expect(existsSync(join(taker.dataDir, 'manifests', 'web'))).toBe(false)
  })
})

it('one that is right beside them is installed', async () => {
  const { body } = await bring(taker, await smallBundle([IMAGE_ENTRY, CLASS_ENTRY, FILE_ENTRY]))
  expect((await install(taker, body)).status).toBe(200)
  expect((await taker.operator<{ version: number }>('GET', '/images/web/versions/3')).status).toBe(200)
})

it('one that nobody installs within an hour is given up', async () => {
  const { body } = await bring(taker, await smallBundle([CLASS_ENTRY]))
  taker.clock.advance(3_600_001)
  await expect.poll(() => readdirSync(join(taker.dataDir, 'bundles', 'incoming'))).toEqual([])
  expect((await install(taker, body)).body.code).toBe('BUNDLE_NOT_FOUND')
})

function bomb(): string {
  const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  for (let at = 1; at < 12; at++)
    lines.push(
      `${String.fromCharCode(97 + at)}: &${String.fromCharCode(97 + at)} [${`*${String.fromCharCode(96 + at)}, `.repeat(10)}1]`,
    )
  return lines.join('\n')
}
