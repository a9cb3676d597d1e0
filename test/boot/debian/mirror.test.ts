import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fetchArchives } from '../../../boot/debian/archives.ts'
import { fetchFile, fetchIntoCache, sha256 } from '../../../boot/debian/download.ts'
import { fetchSuite } from '../../../boot/debian/suite.ts'

const CONTENT = 'a package'
const UNSIGNED = 'Origin: Debian\nCodename: trixie\nSHA256:\n'
const cacheDir = mkdtempSync(join(tmpdir(), 'platen-mirror-'))
const asked: string[] = []
let server: Server
let mirror = ''

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const failsFirst = path === '/flaky' && asked.filter((other) => other === path).length === 1
    const body = { '/pool/here.deb': CONTENT, '/flaky': CONTENT, '/dists/trixie/InRelease': UNSIGNED }[path]
    response.statusCode = failsFirst ? 503 : body === undefined ? 404 : 200
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.close()
  rmSync(cacheDir, { recursive: true, force: true })
})

const archive = (path: string) => ({ name: path, version: '1', path, digest: sha256(CONTENT), sizeBytes: CONTENT.length })

it('tells which packages the mirror no longer has, and keeps the others', async () => {
  const gone = { ...archive('pool/gone.deb'), digest: sha256('an older package') }
  expect(await fetchArchives([gone, archive('pool/here.deb')], { mirror, cacheDir })).toEqual([gone])
  expect(readFileSync(join(cacheDir, 'debs', `${sha256(CONTENT)}.deb`), 'utf8')).toBe(CONTENT)
})

it('tries again after a failure of the mirror, but not when it says that there is no such file', async () => {
  expect(await fetchFile(`${mirror}/flaky`)).toMatchObject({ kind: 'found' })
  expect(await fetchFile(`${mirror}/none`)).toEqual({ kind: 'gone' })
  expect(asked.filter((path) => path === '/flaky')).toHaveLength(2)
  expect(asked.filter((path) => path === '/none')).toHaveLength(1)
})

it('refuses a file with another digest, and leaves nothing in the cache', async () => {
  const path = join(cacheDir, 'wrong')
  await expect(fetchIntoCache(`${mirror}/pool/here.deb`, '0'.repeat(64), path)).rejects.toMatchObject({
    code: 'BOOT_OS_DIGEST_MISMATCH',
  })
  expect(() => readFileSync(path)).toThrowError('ENOENT')
})

it('fetches again what was damaged in the cache', async () => {
  const path = join(cacheDir, 'damaged')
  writeFileSync(path, 'something else')
  expect(await fetchIntoCache(`${mirror}/pool/here.deb`, sha256(CONTENT), path)).toBe('fetched')
  expect(await fetchIntoCache(`${mirror}/pool/here.deb`, sha256(CONTENT), path)).toBe('cached')
  expect(readFileSync(path, 'utf8')).toBe(CONTENT)
})

it('uses nothing of a release file that Debian did not sign', async () => {
  await expect(fetchSuite(mirror, 'amd64', cacheDir)).rejects.toMatchObject({ code: 'BOOT_OS_SIGNATURE_BAD' })
  expect(asked.some((path) => path.includes('Packages'))).toBe(false)
})

it('names the mirror that cannot be reached', async () => {
  await expect(fetchFile('http://127.0.0.1:1/file')).rejects.toMatchObject({ code: 'BOOT_OS_DOWNLOAD_FAILED' })
})
