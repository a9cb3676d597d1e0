import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockDataDir } from '../../src/appliance/data-dir-lock.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'platen-lock-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

it('lets one in, and the next one when the first has left', async () => {
  const unlock = await lockDataDir(dir)
  await expect(lockDataDir(dir)).rejects.toMatchObject({
    code: 'APPLIANCE_ALREADY_RUNNING',
    message: `process ${process.pid} works on ${dir}`,
  })
  await unlock()
  await (await lockDataDir(dir))()
})

it('makes the folder, however deep it lies', async () => {
  const deep = join(dir, ...Array.from({ length: 20 }, () => 'a-folder-name'))
  await (await lockDataDir(deep))()
})

/** A process that locks the folder as soon as it is told to, says whether it has it, and keeps it until its input ends. */
const CONTENDER = `
const { lockDataDir } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/appliance/data-dir-lock.ts'))})
process.stdout.write('ready ')
for await (const _ of process.stdin) {
  await lockDataDir(process.argv[1]).then(() => process.stdout.write('mine '), (error) => process.stdout.write(error.code + ' '))
}
`

it('is free again after kill -9', async () => {
  const killed = `const { lockDataDir } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/appliance/data-dir-lock.ts'))})
await lockDataDir(process.argv[1]); process.kill(process.pid, 'SIGKILL')`
  expect(() => execFileSync(process.execPath, ['--input-type=module', '-e', killed, dir], { stdio: 'ignore' })).toThrow()
  await (await lockDataDir(dir))()
})

it('gives the folder to one of many that start in the same instant, time after time', async () => {
  for (let round = 0; round < 5; round++) {
    const folder = join(dir, String(round))
    const processes = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', CONTENDER, folder], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    const contenders = processes.map((one) => new Words(one.stdout))
    await Promise.all(contenders.map((one) => one.until(1)))
    for (const { stdin } of processes) stdin.write('go\n')
    // The input stays open until all have tried: who has the lock keeps it as long.
    await Promise.all(contenders.map((one) => one.until(2)))
    for (const { stdin } of processes) stdin.end()
    const got = contenders.map((one) => one.all()[1])
    expect(got.toSorted()).toEqual([...Array(5).fill('APPLIANCE_ALREADY_RUNNING'), 'mine'])
  }
})

it('does not hide that the folder cannot be used', async () => {
  mkdirSync(join(dir, 'appliance.lock'))
  await expect(lockDataDir(dir)).rejects.toThrow()
})

/** What a process says, word by word. */
class Words {
  #text = ''
  readonly #stream: NodeJS.ReadableStream

  constructor(stream: NodeJS.ReadableStream) {
    this.#stream = stream
    stream.on('data', (part) => {
      this.#text += part
    })
  }

  all(): readonly string[] {
    return this.#text.split(' ').slice(0, -1)
  }

  async until(count: number): Promise<void> {
    while (this.all().length < count) await once(this.#stream, 'data')
  }
}
