// One file of the data folder is not what was written: cut, a bit turned, emptied, full of noise, gone, a folder. The appliance begins without it, with all
// that the file did not hold, or it says by a code why it does not. What is repeated by a seed: DAMAGED_STATE_SEED=7; DAMAGED_STATES says how many.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../src/contract/errors.ts'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'
import { StateFolder } from '../fakes/state-folder.ts'
import { chance } from './chance.ts'
import { checkKept, type Kept } from './kept.ts'
import { live } from './life.ts'

const CASES = Number(process.env.DAMAGED_STATES ?? 40)
const ONLY = process.env.DAMAGED_STATE_SEED

type Damage = (bytes: Buffer, random: () => number) => Buffer | 'gone' | 'folder'
const WAYS: Readonly<Record<string, Damage>> = {
  empty: () => Buffer.alloc(0),
  cut: (bytes, random) => bytes.subarray(0, Math.floor(random() * bytes.length)),
  'a bit turned': (bytes, random) => {
    const turned = Buffer.from(bytes)
    const at = Math.floor(random() * Math.max(1, bytes.length))
    turned[at] = (turned[at] ?? 0) ^ (1 << Math.floor(random() * 8))
    return turned
  },
  noise: (bytes, random) => Buffer.from(bytes.map(() => Math.floor(random() * 256))),
  zeroed: (bytes) => Buffer.alloc(bytes.length),
  'noise behind it': (bytes, random) =>
    Buffer.concat([bytes, Buffer.from(Array.from({ length: 50 }, () => Math.floor(random() * 256)))]),
  gone: () => 'gone',
  'a folder': () => 'folder',
}

/** What a file holds; of any other it may lose nothing. */
const HOLDS: readonly (readonly [RegExp, readonly Kept['kind'][]])[] = [
  [/^state\/profile-secrets|^secrets\/age-identity/, ['secret']],
  [/^state\/users/, ['user']],
  [/^state\/classes/, ['class']],
  [/^state\/nodes/, ['node', 'owner']],
  [/^state\/(jobs|job-)|history/, ['job', 'job-ended', 'owner', 'step']],
  [/^(manifests|chunks)\//, ['version', 'tag']],
]
/** By which an appliance may refuse to begin: it names the file. */
const REFUSALS = ['APPLIANCE_STATE_UNREADABLE', 'APPLIANCE_SECRET_UNUSABLE', 'APPLIANCE_STATE_DAMAGED']

const good = new StateFolder()
const kept: Kept[] = []
let files: string[]
beforeAll(async () => {
  await using scene = await OrchestratorScene.open()
  await live(scene, 2, (one) => void kept.push(one))
  cpSync(scene.dataDir, good.path, { recursive: true })
  files = readdirSync(good.path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/profiles\/|\.lock/.test(join(entry.parentPath, entry.name)))
    .map((entry) => relative(good.path, join(entry.parentPath, entry.name)))
    .sort()
})
afterAll(() => good[Symbol.dispose]())

describe('a file that is damaged', () => {
  it.each(Array.from({ length: CASES }, (_, index) => index + 1).filter((seed) => ONLY === undefined || Number(ONLY) === seed))(
    'seed %i costs what it held, and no more',
    async (seed) => {
      const random = chance(seed)
      const path = files[Math.floor(random() * files.length)]!
      const [way, damage] = Object.entries(WAYS)[Math.floor(random() * Object.keys(WAYS).length)]!
      const told = `seed ${seed}: ${path}, ${way}`
      await using scene = new OrchestratorScene()
      cpSync(good.path, scene.dataDir, { recursive: true })
      const target = join(scene.dataDir, path)
      const result = damage(readFileSync(target), random)
      rmSync(target)
      if (result === 'folder') mkdirSync(target)
      else if (result !== 'gone') writeFileSync(target, result)
      const refusal = await scene.begin().then(
        () => undefined,
        (error: unknown) => error,
      )
      if (refusal !== undefined) {
        expect(refusal, told).toBeInstanceOf(AppError)
        expect(REFUSALS, told).toContain((refusal as AppError).code)
        expect((refusal as AppError).message, told).toContain(
          path
            .split('/')
            .at(-1)!
            .replace(/\.\d+\.journal$|\.json(\.previous)?$/, ''),
        )
        return
      }
      const lost = HOLDS.find(([pattern]) => pattern.test(path))?.[1] ?? []
      const others = kept.filter(({ kind }) => !lost.includes(kind))
      await checkKept(scene, others, told, { verifies: !lost.includes('version') })
      // What is listed of images verifies, or says what is damaged.
      for (const { name, versions } of scene.rooms.library.images.list())
        for (const { version } of versions)
          await scene.rooms.library.images
            .verify(name, version)
            .catch((error: unknown) => expect(error, told).toBeInstanceOf(AppError))
    },
  )
})
