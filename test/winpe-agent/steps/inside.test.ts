import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pathInside } from '../../../src/winpe-agent/steps/inside.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'platen-inside-'))
  mkdirSync(join(root, 'usr/lib'), { recursive: true })
  symlinkSync('usr/lib', join(root, 'lib'))
  symlinkSync('/usr/lib', join(root, 'absolute'))
  symlinkSync('../../../../etc', join(root, 'usr/escape'))
  symlinkSync('loop', join(root, 'loop'))
})
afterEach(() => rmSync(root, { recursive: true }))

describe('pathInside', () => {
  it.each([
    { path: '/', want: '' },
    { path: 'etc/motd', want: 'etc/motd' },
    { path: '/lib/modules', want: 'usr/lib/modules' },
    { path: '/absolute//x/./y', want: 'usr/lib/x/y' },
    { path: '/usr/escape/passwd', want: 'etc/passwd' },
    { path: '/../../etc', want: 'etc' },
    { path: '/lib/../x', want: 'usr/x' },
  ])('$path is $want in the image', async ({ path, want }) => {
    expect(await pathInside(root, path)).toBe(join(root, want))
  })

  it('gives up on links that lead to themselves', async () => {
    await expect(pathInside(root, '/loop/x')).rejects.toMatchObject({ code: 'AGENT_PATH_INVALID' })
  })
})
