// platen bundle, on two real appliances over loopback: what a person types, and what comes of it.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createApiClient } from '../../src/cli/api-client.ts'
import { COMMANDS } from '../../src/cli/commands.ts'
import { execute } from '../../src/cli/execute.ts'
import { findCommand } from '../../src/cli/find-command.ts'
import { emptyScene, furnish } from '../fakes/bundle-scene.ts'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'
import { RecordedOutput } from '../fakes/recorded-output.ts'

let giver: OrchestratorScene
let taker: OrchestratorScene
let folder: string
let file: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'platen-bundle-'))
  file = join(folder, 'site.bundle')
  giver = await OrchestratorScene.open()
  taker = await emptyScene()
  await furnish(giver)
})
afterAll(async () => {
  await giver[Symbol.asyncDispose]()
  await taker[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const urls = new Map<OrchestratorScene, string>()

async function type(scene: OrchestratorScene, line: string): Promise<{ exit: number; out: string; errors: string }> {
  const url = urls.get(scene) ?? (await scene.app.listen({ host: '127.0.0.1', port: 0 }))
  urls.set(scene, url)
  const tokenFile = join(scene.dataDir, 'secrets', 'operator-token')
  const out = new RecordedOutput()
  const { signal } = new AbortController()
  const connect = () => createApiClient({ url, tokenFile, signal })
  const { command, argv } = findCommand(COMMANDS, line.split(' '))
  const exit = await execute(command, argv, {
    out,
    environment: {},
    signal,
    sleep: async () => {},
    connect,
    ask: async () => undefined,
    askSecret: async () => '',
  })
  return { exit, out: out.text, errors: out.errorText }
}

it('makes a file, looks into it, and installs it', async () => {
  const made = await type(giver, `bundle create --to ${file}`)
  expect(made).toMatchObject({ exit: 0, errors: '' })
  expect(made.out).toMatch(/site.bundle is whole, .* signed by [0-9A-F]{16}/)
  expect(made.out).toMatch(/hook mail: password/)
  expect(existsSync(`${file}.part`)).toBe(false)

  const shown = await type(giver, `bundle show ${file} --check`)
  expect(shown.out).toMatch(/all of it is right/)
  const [key] = /RW\S+/.exec(shown.out)!
  expect((await type(giver, 'bundle key')).out).toContain(key)

  expect(await type(taker, `bundle install ${file}`)).toMatchObject({
    exit: 77,
    errors: expect.stringContaining('BUNDLE_KEY_UNKNOWN'),
  })
  const tried = await type(taker, `bundle install ${file} --key ${key} --dry-run`)
  expect(tried.out).toMatch(/image +tiny@2 +new/)
  expect((await taker.operator<{ images: unknown[] }>('GET', '/images')).body.images).toEqual([])

  const installed = await type(taker, `bundle install ${file} --key ${key}`)
  expect(installed).toMatchObject({ exit: 0, errors: '' })
  expect(installed.out).toMatch(/class +lab +installed/)
  expect((await type(taker, `bundle install ${file} --key ${key}`)).out).toMatch(/class +lab +equal/)
})

it('tells a choice that there is not, and a file that is not there', async () => {
  expect((await type(taker, `bundle install ${file} --on-conflict merge`)).errors).toMatch(/refuse, keep, replace/)
  expect(await type(taker, `bundle install ${folder}/none`)).toMatchObject({
    exit: 74,
    errors: expect.stringContaining('ENOENT'),
  })
})

it('shows of a damaged file where it is damaged, and leaves none that is half', async () => {
  const damaged = join(folder, 'damaged')
  const bytes = readFileSync(file)
  bytes[bytes.length - 5000]! ^= 1
  writeFileSync(damaged, bytes)
  expect(await type(giver, `bundle show ${damaged} --check`)).toMatchObject({
    exit: 65,
    errors: expect.stringContaining('BUNDLE_'),
  })
  expect(await type(giver, `bundle create --to ${folder}/never --select class:none`)).toMatchObject({ exit: 66 })
  expect(existsSync(join(folder, 'never'))).toBe(false)
})
