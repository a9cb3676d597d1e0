import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findRoot } from '../../../src/winpe-agent/steps/linux-root.ts'
import { renamePartUuids, writeIdentity } from '../../../src/winpe-agent/steps/personal-files.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'platen-root-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function put(path: string, content = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
}
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const IDENTITY = { hostname: 'rack1-07.site.test', machineId: '0123456789abcdef0123456789abcdef', sshHostKeys: true } as const

describe('an identity', () => {
  it('is the name, in both files, once, however often it is written', async () => {
    put('etc/hosts', '127.0.0.1 localhost\n127.0.1.1 golden\n10.0.0.1 golden-store\n')
    for (let times = 0; times < 2; times++) await writeIdentity(root, IDENTITY)
    expect(read('etc/hostname')).toBe('rack1-07\n')
    expect(read('etc/hosts')).toBe('127.0.0.1 localhost\n127.0.1.1\track1-07.site.test rack1-07\n10.0.0.1 golden-store\n')
  })

  it('is the machine-id, also that of D-Bus where it is a file of its own', async () => {
    put('etc/machine-id', 'old\n')
    put('var/lib/dbus/machine-id', 'old\n')
    await writeIdentity(root, IDENTITY)
    expect([read('etc/machine-id'), read('var/lib/dbus/machine-id')]).toEqual(Array(2).fill(`${IDENTITY.machineId}\n`))
  })

  it('is new host keys of the types that were there; old ones of other types, and certificates, go', async () => {
    for (const name of [
      'ssh_host_ed25519_key',
      'ssh_host_ed25519_key.pub',
      'ssh_host_dsa_key',
      'ssh_host_ed25519_key-cert.pub',
      'sshd_config',
    ])
      put(`etc/ssh/${name}`, 'old')
    await writeIdentity(root, IDENTITY)
    expect(readdirSync(join(root, 'etc/ssh')).sort()).toEqual(['ssh_host_ed25519_key', 'ssh_host_ed25519_key.pub', 'sshd_config'])
    expect(read('etc/ssh/ssh_host_ed25519_key')).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/)
    expect(read('etc/ssh/ssh_host_ed25519_key.pub')).toMatch(/^ssh-ed25519 AAAA\S+ root@rack1-07/)
    expect(statSync(join(root, 'etc/ssh/ssh_host_ed25519_key')).mode & 0o777).toBe(0o600)
    expect(read('etc/ssh/sshd_config')).toBe('old')
  })

  it('is a key of each type where an SSH server has none yet, and none where there is no server', async () => {
    expect((await writeIdentity(root, IDENTITY)).join('\n')).toContain('no SSH server')
    put('usr/sbin/sshd')
    expect((await writeIdentity(root, IDENTITY)).join('\n')).toContain('ed25519, ecdsa, rsa')
    expect(readdirSync(join(root, 'etc/ssh'))).toHaveLength(6)
  })

  it('is a seed where the image has cloud-init', async () => {
    const cloudInit = { instanceId: 'node-1-abc', userData: '#cloud-config\npackages: [vim]\n' }
    expect((await writeIdentity(root, { ...IDENTITY, cloudInit })).join('\n')).toContain('the image has none')
    put('etc/cloud/cloud.cfg')
    await writeIdentity(root, { ...IDENTITY, cloudInit: { ...cloudInit, networkConfig: 'version: 2\n' } })
    const seed = 'var/lib/cloud/seed/nocloud'
    expect(readdirSync(join(root, seed)).sort()).toEqual(['meta-data', 'network-config', 'user-data'])
    expect(read(`${seed}/meta-data`)).toBe('instance-id: node-1-abc\nlocal-hostname: rack1-07.site.test\n')
    await writeIdentity(root, { ...IDENTITY, cloudInit })
    expect(readdirSync(join(root, seed)).sort()).toEqual(['meta-data', 'user-data'])
  })

  it('changes nothing that it does not say', async () => {
    put('etc/hostname', 'golden\n')
    await writeIdentity(root, { sshHostKeys: false })
    expect(read('etc/hostname')).toBe('golden\n')
  })

  it('stays inside the image, whatever its links say', async () => {
    put('etc/passwd')
    mkdirSync(join(root, 'run'))
    symlinkSync('/run/machine-id', join(root, 'etc/machine-id'))
    await writeIdentity(root, IDENTITY)
    expect(read('run/machine-id')).toBe(`${IDENTITY.machineId}\n`)
  })
})

describe('partition ids', () => {
  const renamed = new Map([
    ['11111111-2222-3333-4444-555555555555', 'aaaaaaaa-2222-3333-4444-555555555555'],
    ['01010101-02', '7d1f4a52-02'],
  ])

  it('are renamed wherever a system names its partitions, and nowhere else', async () => {
    const line =
      'PARTUUID=11111111-2222-3333-4444-555555555555 UUID=11111111-2222-3333-4444-555555555555 PARTUUID="01010101-02" PARTUUID=01010101-03'
    for (const path of ['etc/fstab', 'boot/grub/grub.cfg', 'loader/entries/debian.conf', 'etc/motd']) put(path, line)
    expect((await renamePartUuids(root, renamed)).sort()).toEqual([
      '/boot/grub/grub.cfg',
      '/etc/fstab',
      '/loader/entries/debian.conf',
    ])
    expect(read('etc/fstab')).toBe(
      'PARTUUID=aaaaaaaa-2222-3333-4444-555555555555 UUID=11111111-2222-3333-4444-555555555555 PARTUUID="7d1f4a52-02" PARTUUID=01010101-03',
    )
    expect(read('etc/motd')).toBe(line)
    expect(await renamePartUuids(root, renamed)).toEqual([])
  })

  it('are found in device paths and in capitals', async () => {
    put('etc/fstab', '/dev/disk/by-partuuid/x PARTUUID=11111111-2222-3333-4444-555555555555'.toUpperCase())
    await renamePartUuids(root, renamed)
    expect(read('etc/fstab')).toContain('PARTUUID=aaaaaaaa')
  })
})

describe('the root of a Linux', () => {
  it.each([
    ['is where os-release is', ['etc/os-release'], ''],
    ['is where os-release is in /usr', ['usr/lib/os-release', 'etc/fstab'], ''],
    ['may be a subvolume', ['@/etc/os-release'], '@'],
    ['is not a home', ['user/file'], undefined],
  ])('%s', async (_, files, want) => {
    for (const path of files) put(path)
    expect(await findRoot(root)).toBe(want === undefined ? undefined : want === '' ? root : join(root, want))
  })
})
