// Every way in which RFC 9112 lets a client write its request line, on a running appliance and a raw socket.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Appliance } from '../../src/appliance/wire.ts'
import { RawConnection } from '../fakes/raw-connection.ts'
import { smallAppliance } from '../fakes/small-appliance.ts'
import { needs, program } from '../needs.ts'

let dir: string
let appliance: Appliance
let port: number
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'platen-spellings-'))
  appliance = await smallAppliance(dir)
  await appliance.start()
  port = (appliance.app.server.address() as AddressInfo).port
})
afterAll(async () => {
  await appliance.stop()
  rmSync(dir, { recursive: true })
})

async function ask(lines: readonly string[]): Promise<string> {
  const connection = await RawConnection.open(port)
  connection.say(`${[...lines, 'Connection: close', '', ''].join('\r\n')}`)
  await connection.closed
  return connection.heard
}

const BOOT = 'boot/52-54-00-00-00-0a.ipxe?platform=efi&arch=x86_64'

it.each([
  { line: `GET /${BOOT} HTTP/1.1` },
  { line: `GET http://127.0.0.1:8080/${BOOT} HTTP/1.1` },
  { line: `GET HTTP://127.0.0.1/${BOOT} HTTP/1.1` },
  { line: `GET http://10.77.0.1:8080//boot//52-54-00-00-00-0a.ipxe?platform=efi&arch=x86_64 HTTP/1.1` },
  { line: `GET http://me:secret@platen/${BOOT}#part HTTP/1.1` },
  { line: `GET ///${BOOT} HTTP/1.1` },
  { line: `GET /./x/../${BOOT} HTTP/1.1` },
  { line: `GET /\\${BOOT.replace('/', '\\')} HTTP/1.1` },
  { line: `GET /%62oot/%35%32%2D54-00-00-00-0a.ipxe?platform=efi&arch=x86_64 HTTP/1.1` },
  { line: `GET /${BOOT} HTTP/1.0` },
  { line: `GET http://127.0.0.1/${BOOT} HTTP/1.0` },
])('$line boots', async ({ line }) => {
  const answer = await ask(line.endsWith('1.0') ? [line] : [line, 'Host: platen'])
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  // Where the answer came from is where the rest comes from; chunks are not for HTTP/1.0.
  expect(answer).toContain(`http://127.0.0.1:${port}/boot/52:54:00:00:00:0a.ipxe`)
  expect(answer).not.toMatch(/transfer-encoding/i)
})

it.each([
  { line: 'GET http://127.0.0.1/healthz HTTP/1.1', status: 200 },
  { line: 'GET HTTP://127.0.0.1/healthz HTTP/1.1', status: 200 },
  { line: 'GET //healthz HTTP/1.0', status: 200 },
  { line: 'GET http://127.0.0.1 HTTP/1.1', status: 302 },
  { line: 'GET http://127.0.0.1/docs/json HTTP/1.1', status: 200 },
  { line: 'GET http://127.0.0.1/site-dhcp HTTP/1.1', status: 200 },
  { line: 'GET http://127.0.0.1/grub/grub.cfg HTTP/1.1', status: 200 },
  { line: 'HEAD http://127.0.0.1/grub/grub.cfg HTTP/1.1', status: 200 },
  { line: 'HEAD //grub//grub.cfg HTTP/1.0', status: 200 },
  { line: 'GET http://[::1]:8080/healthz HTTP/1.1', status: 200 },
  { line: 'GET https://platen/healthz HTTP/1.1', status: 200 },
  { line: 'GET http://127.0.0.1:99999/healthz HTTP/1.1', status: 200 },
  { line: 'GET http:///healthz HTTP/1.1', status: 200 },
  { line: 'GET ftp://platen/healthz HTTP/1.1', status: 200 },
  { line: 'GET http://platen?/healthz HTTP/1.1', status: 302 },
  { line: 'GET /%zz HTTP/1.1', status: 400 },
  { line: 'GET /loader/%00 HTTP/1.1', status: 404 },
  { line: 'GET /loader/snponly-x64.efi%00 HTTP/1.1', status: 404 },
  { line: 'GET /boot/%ff%fe HTTP/1.1', status: 400 },
  { line: 'GET /boot/52-54-00-00-00-0a.ipxe?%zz=%ff&uuid=%00 HTTP/1.1', status: 200 },
  { line: 'GET healthz HTTP/1.1', status: 400 },
  { line: 'get /healthz HTTP/1.1', status: 400 },
  { line: 'GET  /healthz HTTP/1.1', status: 200 },
  { line: 'GET /healthz HTTP/2.0', status: 200 },
  { line: 'GET /healthz', status: 200 },
  { line: `GET /${'x'.repeat(9000)} HTTP/1.1`, status: 404 },
  { line: 'PUT /loader/new.efi HTTP/1.1', status: 404 },
  { line: 'DELETE /boot-os/x64/vmlinuz HTTP/1.1', status: 404 },
  { line: 'TRACE /healthz HTTP/1.1', status: 404 },
  // The same path, and so the same lock on it.
  { line: 'GET http://127.0.0.1/api/v1/nodes HTTP/1.1', status: 401 },
  { line: 'GET /healthz/../api/v1/nodes HTTP/1.1', status: 401 },
  { line: 'GET /loader/..%2f..%2fsecret HTTP/1.1', status: 404 },
  { line: 'OPTIONS * HTTP/1.1', status: 404 },
])('$line: $status', async ({ line, status }) => {
  expect(await ask(line.endsWith('1.0') ? [line] : [line, 'Host: platen'])).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
})

it.each([
  {
    name: 'through a proxy that is ourselves',
    words: () => ['--proxy', `http://127.0.0.1:${port}`, `http://platen.example/${BOOT}`],
  },
  { name: 'with HTTP/1.0', words: () => ['--http1.0', `http://127.0.0.1:${port}/${BOOT}`] },
  { name: 'with doubled slashes', words: () => ['--path-as-is', `http://127.0.0.1:${port}//boot/.//${BOOT.slice(5)}`] },
])('curl asks $name', needs(program('curl')), async ({ words }) => {
  const { stdout } = await promisify(execFile)('curl', ['-sSf', ...words()])
  expect(stdout).toContain(`http://127.0.0.1:${port}/boot/52:54:00:00:00:0a.ipxe`)
})
