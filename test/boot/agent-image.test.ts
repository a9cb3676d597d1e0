import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { afterAll, expect, it } from 'vitest'
import { buildAgentImage } from '../../boot/agent-image.ts'

const folder = mkdtempSync(join(tmpdir(), 'platen-agent-image-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function aProgram(name: string): string {
  const path = join(folder, name, 'main.ts')
  mkdirSync(join(folder, name), { recursive: true })
  cpSync(new URL('../../package.json', import.meta.url).pathname, join(folder, name, 'package.json'))
  writeFileSync(
    path,
    `const greeting: string = 'hello'\nconsole.log(greeting, typeof require)\nif (process.argv[9]) console.log('${name}')\n`,
  )
  return path
}

it('holds one program that runs on its own', async () => {
  const archive = zstdDecompressSync(await buildAgentImage(aProgram('one')))
  expect(execFileSync('cpio', ['--quiet', '-it'], { input: archive }).toString()).toBe('agent\nagent/main.mjs\n')
  const program = execFileSync('cpio', ['--quiet', '-i', '--to-stdout'], { input: archive })
  writeFileSync(join(folder, 'main.mjs'), program)
  expect(execFileSync(process.execPath, [join(folder, 'main.mjs')]).toString()).toBe('hello function\n')
})

it('is a multiple of four bytes long, whatever is in it, and zeros fill it up', async () => {
  for (const name of ['a', 'ab', 'abc', 'abcd', 'abcde']) {
    const image = await buildAgentImage(aProgram(name))
    expect(image.length % 4).toBe(0)
    expect(zstdDecompressSync(image).subarray(0, 6).toString()).toBe('070701')
  }
})

it('is the same twice, for the real agent', async () => {
  const [first, second] = [await buildAgentImage(), await buildAgentImage()]
  expect(first.equals(second)).toBe(true)
})
