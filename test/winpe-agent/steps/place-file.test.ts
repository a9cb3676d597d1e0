import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { placeFile, writeConfiguration } from '../../../src/winpe-agent/steps/place-file.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'platen-root-'))
})
afterEach(() => rmSync(root, { recursive: true }))
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const at = (path: string) => join(root, path)

describe('a configuration file', () => {
  it('lies there with its mode, however often it is written, and is told as it was read back', async () => {
    const lines: string[] = []
    const text = { to: '/etc/app/site.conf', mode: '0640', text: 'listen 80;\n' }
    const log = (line: string): void => void lines.push(line)
    for (let times = 0; times < 2; times++)
      expect(await writeConfiguration(root, [text], log)).toEqual([{ to: text.to, digest: sha256(text.text) }])
    expect(readFileSync(at(text.to), 'utf8')).toBe(text.text)
    expect(statSync(at(text.to)).mode & 0o7777).toBe(0o640)
    expect(lines).toEqual(Array(2).fill('wrote /etc/app/site.conf, 11 bytes'))
  })

  it('is of the user and group that are said', async () => {
    await writeConfiguration(root, [{ to: '/srv/secret', owner: '33:44', mode: '0400', text: '' }], () => undefined)
    expect(statSync(at('srv/secret'))).toMatchObject({ uid: 33, gid: 44 })
  })

  it('replaces a link, and follows folders as the image itself would', async () => {
    mkdirSync(at('usr/lib'), { recursive: true })
    symlinkSync('/usr/lib', at('lib'))
    writeFileSync(at('victim'), 'untouched')
    symlinkSync(at('victim'), at('usr/lib/app.conf'))
    await placeFile(root, { to: '/lib/app.conf', content: 'new' })
    expect([readFileSync(at('usr/lib/app.conf'), 'utf8'), readFileSync(at('victim'), 'utf8')]).toEqual(['new', 'untouched'])
    expect(lstatSync(at('usr/lib/app.conf')).isSymbolicLink()).toBe(false)
  })

  it.each([
    { name: 'a folder', to: '/etc', mode: '0644', says: 'is a folder' },
    { name: 'a place without a name', to: '/etc/', mode: '0644', says: 'names no file' },
    { name: 'a mode that is none', to: '/x', mode: '0899', says: 'is not octal' },
  ])('is refused at $name', async ({ to, mode, says }) => {
    mkdirSync(at('etc'))
    await expect(placeFile(root, { to, mode, content: '' })).rejects.toMatchObject({
      code: 'AGENT_PATH_INVALID',
      message: expect.stringContaining(says),
    })
  })
})
