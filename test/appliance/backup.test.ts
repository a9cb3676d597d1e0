// A backup of an appliance that goes on working, put back on an empty machine: everything is there again, secrets included, as at one instant.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BackupFolder } from '../../src/appliance/backup/backup-folder.ts'
import { filesToCopy } from '../../src/appliance/backup/cut.ts'
import { lockDataDir } from '../../src/appliance/data-dir-lock.ts'
import { createApiClient } from '../../src/cli/api-client.ts'
import { COMMANDS } from '../../src/cli/commands.ts'
import { execute } from '../../src/cli/execute.ts'
import { findCommand } from '../../src/cli/find-command.ts'
import { furnish, PLANTED } from '../fakes/bundle-scene.ts'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'
import { RecordedOutput } from '../fakes/recorded-output.ts'
import { captureTiny } from '../fakes/scene-images.ts'
import { needs, program } from '../needs.ts'

let scene: OrchestratorScene
let folder: string
let to: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'platen-backup-'))
  to = join(folder, 'backups')
  scene = await OrchestratorScene.open()
  await furnish(scene)
})
afterEach(async () => {
  await scene[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

async function type(line: string): Promise<{ exit: number; out: string; errors: string }> {
  const out = new RecordedOutput()
  const { signal } = new AbortController()
  const tokenFile = join(scene.dataDir, 'secrets', 'operator-token')
  const url = scene.app.server.listening ? `http://127.0.0.1:${port()}` : await scene.app.listen({ host: '127.0.0.1', port: 0 })
  const connect = () => createApiClient({ url, tokenFile, signal })
  const { command, argv } = findCommand(COMMANDS, line.split(' '))
  const exit = await execute(command, argv, {
    out,
    environment: {},
    signal,
    sleep: async () => {},
    connect,
    askSecret: async () => '',
    ask: async () => '',
  })
  return { exit, out: out.text, errors: out.errorText }
}

const port = () => (scene.app.server.address() as { port: number }).port
const folders = () => `--data-dir ${scene.dataDir} --profiles-dir ${scene.profilesDir}`

/** Every file under a folder, by its path. */
function contentOf(root: string): Map<string, string> {
  return new Map(filesToCopy(root).map(({ path }) => [path, readFileSync(join(root, path), 'base64')]))
}

/** What an appliance on that folder shows and knows. */
async function knownBy(one: OrchestratorScene): Promise<unknown> {
  const paths = [
    '/nodes',
    '/classes',
    '/approval-rules',
    '/schedules',
    '/hooks',
    '/images',
    '/packages',
    '/profiles',
    '/jobs',
    '/users',
  ]
  const answers = []
  for (const path of paths) answers.push((await one.operator(`GET`, path)).body)
  // Who is there now is known from memory alone.
  const kept = JSON.parse(JSON.stringify(answers).replaceAll('"presence":"boot-os"', '"presence":"away"'))
  return { kept, token: one.operatorToken, key: (await one.operator('GET', '/bundle-key')).body }
}

/** An appliance that begins on what was restored. */
async function restored(more = ''): Promise<OrchestratorScene> {
  const other = new OrchestratorScene()
  const answer = await type(`restore ${to} --data-dir ${other.dataDir}${more}`)
  if (answer.exit !== 0) throw new Error(answer.errors)
  await other.begin()
  return other
}

describe('of an appliance that runs', () => {
  it('is what it was at that instant, whatever happens while it is copied', async () => {
    const unlock = await lockDataDir(scene.dataDir)
    const before = await knownBy(scene)
    // The cut is made with the first request; from then on everything changes.
    const { api, cut } = await cutOf()
    await scene.operator('DELETE', '/classes/lab')
    await scene.operator('DELETE', '/images/tiny/tags/stable')
    for (const version of [1, 2]) await scene.operator('DELETE', `/images/tiny/versions/${version}`)
    const collected = await scene.operator<{ removedChunks: number }>('POST', '/images/collect')
    expect(collected.body.removedChunks).toBe(0)
    await captureTiny(scene, await scene.approved(2), 9)
    const { createBackup } = await import('../../src/appliance/backup/create-backup.ts')
    await createBackup({ dataDir: scene.dataDir, ...cut }, new BackupFolder(to, {}), new Date(), () => undefined)
    await api.endBackupCut(cut.id)
    await unlock()
    expect(existsSync(cut.folder)).toBe(false)
    expect((await scene.operator<{ removedChunks: number }>('POST', '/images/collect')).body.removedChunks).toBe(2)

    await using other = await restored()
    expect(await knownBy(other)).toEqual(before)
    expect((await other.operator<{ damaged: unknown[] }>('POST', '/images/tiny/versions/2/verify')).status).toBeLessThan(300)
  })

  it('by the command, which asks the appliance as soon as one has the lock', async () => {
    const unlock = await lockDataDir(scene.dataDir)
    const made = await type(`backup create --to ${to} ${folders()}`)
    await unlock()
    expect(made).toMatchObject({ exit: 0, errors: '' })
    expect(readdirSync(join(scene.dataDir, 'backup-cuts'))).toEqual([])
    expect(made.out).toMatch(/It holds secrets, readable for its owner alone/)
  })

  async function cutOf() {
    const url = await scene.app.listen({ host: '127.0.0.1', port: 0 })
    const tokenFile = join(scene.dataDir, 'secrets', 'operator-token')
    const api = createApiClient({ url, tokenFile, signal: new AbortController().signal })
    return { api, cut: await api.beginBackupCut() }
  }
})

describe('of an appliance that does not', () => {
  it('brings back every file but the one that opens secrets, byte for byte, with its mode', async () => {
    const before = contentOf(scene.dataDir)
    expect(before.delete('secrets/age-identity')).toBe(true)
    expect(await type(`backup create --to ${to} ${folders()}`)).toMatchObject({ exit: 0 })
    expect((await type(`backup verify ${to}`)).out).toMatch(/is whole/)
    const target = join(folder, 'restored')
    expect(await type(`restore ${to} --data-dir ${target}`)).toMatchObject({ exit: 0, errors: '' })
    expect(contentOf(target)).toEqual(before)
    for (const path of before.keys())
      expect([path, statSync(join(target, path)).mode]).toEqual([path, statSync(join(scene.dataDir, path)).mode])
    expect(readFileSync(join(target, 'secrets/operator-token'), 'utf8').trim()).toBe(scene.operatorToken)
    expect(readdirSync(join(target, 'chunks'), { recursive: true }).filter((name) => String(name).endsWith('.zst'))).toHaveLength(
      2,
    )
  })

  it('is for its owner alone, and holds each content once', async () => {
    await type(`backup create --to ${to} ${folders()}`)
    const again = await type(`backup create --to ${to} ${folders()} --json`)
    expect(JSON.parse(again.out)).toMatchObject({ newContents: 0, newBytes: 0 })
    for (const path of readdirSync(to, { recursive: true, encoding: 'utf8' }))
      expect([path, statSync(join(to, path)).mode & 0o077]).toEqual([path, 0])
  })

  it('encrypted, says nothing to whoever has no key, and is read by the program of Debian', needs(program('age')), async () => {
    const identity = await generateIdentity()
    const key = join(folder, 'key')
    writeFileSync(key, `# a comment\n${identity}\n`)
    await type(`backup create --to ${to} ${folders()} --recipient ${await identityToRecipient(identity)}`)
    const all = readdirSync(to, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter((entry) => entry.isFile())
    expect(all.every(({ name }) => name.endsWith('.age'))).toBe(true)
    for (const { parentPath, name } of all) {
      const bytes = readFileSync(join(parentPath, name))
      for (const secret of [...Object.values(PLANTED), scene.operatorToken, 'rack 5']) expect(bytes.includes(secret)).toBe(false)
    }
    const [name] = (await type(`backup list ${to}`)).out.split('\n')
    const list = execFileSync('age', ['-d', '-i', key, join(to, 'backups', `${name!.trim()}.json.age`)], { encoding: 'utf8' })
    expect(JSON.parse(list)).toMatchObject({ format: 1 })
    expect(await type(`backup verify ${to}`)).toMatchObject({ exit: 77, errors: expect.stringContaining('BACKUP_KEY_WRONG') })
    writeFileSync(`${key}.other`, await generateIdentity())
    expect(await type(`backup verify ${to} --identity ${key}.other`)).toMatchObject({ exit: 77 })
    await using other = await restored(` --identity ${key}`)
    expect(other.operatorToken).toBe(scene.operatorToken)
    expect(contentOf(other.dataDir).get('secrets/age-identity')).toEqual(contentOf(scene.dataDir).get('secrets/age-identity'))
  })
})

describe('is refused', () => {
  beforeEach(() => type(`backup create --to ${to} ${folders()}`))

  it('into a folder that holds something, until that is said; then it is put aside', async () => {
    const target = join(folder, 'restored')
    await type(`restore ${to} --data-dir ${target}`)
    writeFileSync(join(target, 'mine'), 'mine')
    expect(await type(`restore ${to} --data-dir ${target}`)).toMatchObject({
      exit: 73,
      errors: expect.stringContaining('BACKUP_TARGET_NOT_EMPTY'),
    })
    expect(readFileSync(join(target, 'mine'), 'utf8')).toBe('mine')
    const again = JSON.parse((await type(`restore ${to} --data-dir ${target} --replace --json`)).out) as { aside: string[] }
    expect(readFileSync(join(again.aside[0]!, 'mine'), 'utf8')).toBe('mine')
    expect(existsSync(join(target, 'mine'))).toBe(false)
  })

  it('while an appliance works on the folder', async () => {
    const unlock = await lockDataDir(scene.dataDir)
    const answer = await type(`restore ${to} --data-dir ${scene.dataDir} --replace`)
    await unlock()
    expect(answer.errors).toContain('APPLIANCE_ALREADY_RUNNING')
  })

  it.each([
    { name: 'a content that was changed', part: 'contents', change: (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(1)]) },
    { name: 'a content that is gone', part: 'contents', change: () => undefined },
    { name: 'a chunk that was changed', part: 'chunks', change: (bytes: Buffer) => Buffer.from(bytes).fill(7, 20, 40) },
    { name: 'a list of a newer form', part: 'backups', change: () => Buffer.from('{"format":2}'), code: 'BACKUP_FORMAT_NEWER' },
    {
      name: 'a list that leads out',
      part: 'backups',
      change: (bytes: Buffer) => Buffer.from(bytes.toString().replace('"data/', '"data/../../')),
    },
    { name: 'no list at all', part: 'backups', change: () => undefined, code: 'BACKUP_NOT_FOUND' },
  ])('with $name; then nothing is there', async ({ part, change, code = 'BACKUP_DAMAGED' }) => {
    const [entry] = readdirSync(join(to, part), { recursive: true, withFileTypes: true }).filter(
      (each) => each.isFile() && statSync(join(each.parentPath, each.name)).size > 50,
    )
    const path = join(entry!.parentPath, entry!.name)
    const changed = change(readFileSync(path))
    if (changed === undefined) rmSync(path)
    else writeFileSync(path, changed)
    const target = join(folder, 'restored')
    expect((await type(`restore ${to} --data-dir ${target}`)).errors).toContain(code)
    expect(existsSync(target)).toBe(false)
  })

  it('in the data folder itself, and of what is no data folder', async () => {
    expect((await type(`backup create --to ${scene.dataDir}/b ${folders()}`)).errors).toContain('lies in the data folder')
    expect((await type(`backup create --to ${to} --data-dir ${folder}/none`)).errors).toContain('is no data folder')
  })
})
