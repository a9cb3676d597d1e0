// The CA of an appliance: the same at each start, replaced with an overlap in which who trusts the one before still believes the appliance.
import { statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Authority, openAuthority } from '../../src/access/ca/authority.ts'
import { certificatesIn } from '../../src/contract/certificates.ts'
import { SYSTEM_CLOCK } from '../../src/store/index.ts'
import { StateFolder } from '../fakes/state-folder.ts'
import { askByTls } from '../fakes/tls-peer.ts'

const DAY_MS = 86_400_000

/** What a client that trusts this certificate alone makes of what the CA issues. */
async function isBelieved(authority: Authority, ca: string, names: readonly string[] = ['127.0.0.1']): Promise<string> {
  const { key, certificate: cert } = await authority.issue(names)
  const server = createServer({ key, cert }, (_request, response) => response.end('hello'))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  try {
    return (await askByTls({ port: (server.address() as AddressInfo).port, ca })).body
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

describe('the CA', () => {
  it('is made once, for its user alone, and is the same at the next start', async () => {
    using folder = new StateFolder()
    const first = await openAuthority(folder.path, SYSTEM_CLOCK)
    const later = await openAuthority(folder.path, SYSTEM_CLOCK)
    expect(later.certificate).toBe(first.certificate)
    expect(statSync(join(folder.path, 'secrets', 'ca')).mode & 0o777).toBe(0o600)
    expect(await isBelieved(later, first.certificate)).toBe('hello')
  })

  it('is another one on another appliance, and is not believed for it', async () => {
    using folder = new StateFolder()
    using other = new StateFolder()
    const [own, foreign] = [await openAuthority(folder.path, SYSTEM_CLOCK), await openAuthority(other.path, SYSTEM_CLOCK)]
    expect(await isBelieved(foreign, own.certificate)).toMatch(/UNABLE_TO|SELF_SIGNED/)
  })

  it('signs for the names that it was asked for and no others', async () => {
    using folder = new StateFolder()
    const authority = await openAuthority(folder.path, SYSTEM_CLOCK)
    expect(await isBelieved(authority, authority.certificate, ['platen.example', '10.77.0.1'])).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    )
    const [x509] = certificatesIn((await authority.issue(['platen.example', '10.77.0.1', 'fd00::1'])).certificate)
    expect([x509!.checkHost('platen.example'), x509!.checkIP('10.77.0.1'), x509!.checkIP('fd00::1')]).not.toContain(undefined)
    expect(x509!.ca).toBe(false)
  })

  it('is followed from every one before it while its overlap lasts, over restarts and several changes', async () => {
    using folder = new StateFolder()
    const authority = await openAuthority(folder.path, SYSTEM_CLOCK)
    const trusted = [authority.certificate]
    for (const days of [30, 10]) {
      await authority.rotate(days)
      trusted.push(authority.certificate)
    }
    expect(new Set(trusted).size).toBe(3)
    const later = await openAuthority(folder.path, SYSTEM_CLOCK)
    for (const ca of trusted) expect(await isBelieved(later, ca)).toBe('hello')
    expect(certificatesIn(later.bundle()).map(String)).toEqual(trusted.map((pem) => String(certificatesIn(pem)[0])).reverse())
    const in20Days = await openAuthority(folder.path, { ...SYSTEM_CLOCK, now: () => Date.now() + 20 * DAY_MS })
    expect(in20Days.before()).toHaveLength(1)
  })

  it('is followed by nobody without an overlap', async () => {
    using folder = new StateFolder()
    const authority = await openAuthority(folder.path, SYSTEM_CLOCK)
    const before = authority.certificate
    await authority.rotate(0)
    expect(await isBelieved(authority, before)).toMatch(/UNABLE_TO|SELF_SIGNED/)
    expect(await isBelieved(authority, authority.certificate)).toBe('hello')
  })

  it('loses none when two changes are asked for at once', async () => {
    using folder = new StateFolder()
    const authority = await openAuthority(folder.path, SYSTEM_CLOCK)
    const before = authority.certificate
    await Promise.all([authority.rotate(30), authority.rotate(30)])
    expect(authority.before()).toHaveLength(2)
    expect(await isBelieved(authority, before)).toBe('hello')
  })

  it.each([
    ['no JSON', 'this is not what was written here'],
    ['JSON of something else', '{"key": "a", "certificate": "b"}'],
    ['no certificate', '{"key": "a", "certificate": "b", "before": []}'],
  ])('refuses a file that is %s, and does not replace it', async (_name, content) => {
    using folder = new StateFolder()
    await openAuthority(folder.path, SYSTEM_CLOCK)
    writeFileSync(join(folder.path, 'secrets', 'ca'), content)
    await expect(openAuthority(folder.path, SYSTEM_CLOCK)).rejects.toMatchObject({ code: 'APPLIANCE_SECRET_UNUSABLE' })
  })
})
