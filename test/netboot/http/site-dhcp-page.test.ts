// The page for other DHCP servers, tried on those servers as far as they are installed; dnsmasq with a real client. Root only for that.
import { execFile, spawn } from 'node:child_process'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LOADERS } from '../../../src/netboot/dhcp/boot-offer.ts'
import { siteDhcpPage } from '../../../src/netboot/http/site-dhcp-page.ts'
import { CabledNamespaces, CLIENT_LINK } from '../../fakes/cabled-namespaces.ts'
import { needs, pathOf, program, ROOT } from '../../needs.ts'

const X64 = LOADERS.x64.snponly
const ARM64 = LOADERS.arm64.snponly
const run = promisify(execFile)
const page = siteDhcpPage({ address: '10.66.3.9', applianceUrl: 'http://10.66.3.9:8080' })
const linesFor = (title: string) => {
  const [, lines] = new RegExp(`## ${title}\\n\\n\`\`\`\\w*\\n([\\s\\S]*?)\`\`\``).exec(page) ?? []
  return lines!
}
/** AppArmor lets an installed server read the files of its own folder in /etc alone; a copy may read ours. */
const copyOf = async (name: string) => {
  const copy = join(folder, name)
  await copyFile(pathOf(name)!, copy)
  return copy
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'platen-site-dhcp-'))
})
afterAll(() => rm(folder, { recursive: true }))

it('has this appliance’s addresses in every line that needs one', () => {
  expect(page).not.toMatch(/10\.77\.0\.1\b/)
  expect(page.split(`http://10.66.3.9:8080/loader/${ARM64}`).length).toBeGreaterThan(4)
})

it('is JSON for Kea', () => {
  const { 'client-classes': classes } = JSON.parse(`{${linesFor('Kea')}}`)
  expect(classes.map(({ name }: { name: string }) => name)).toEqual([
    'ipxe',
    'http-x64',
    'http-arm64',
    'uefi-x64',
    'uefi-arm64',
    'bios',
  ])
})

it('is taken by ISC dhcpd', needs(program('dhcpd')), async () => {
  const file = join(folder, 'dhcpd.conf')
  await writeFile(file, linesFor('ISC dhcpd'))
  await run(await copyOf('dhcpd'), ['-t', '-cf', file])
})

it('is taken by Kea', needs(program('kea-dhcp4')), async () => {
  const file = join(folder, 'kea.json')
  await writeFile(file, `{"Dhcp4":{"interfaces-config":{"interfaces":[]},"subnet4":[],${linesFor('Kea')}}}`)
  await run(await copyOf('kea-dhcp4'), ['-t', file])
})

describe('dnsmasq with these lines', needs(ROOT, program('dnsmasq'), program('udhcpc')), () => {
  const REPORT = '#!/bin/sh\n[ "$1" = bound ] && echo "$siaddr $boot_file $vendor"\nexit 0\n'

  it('sends each kind of machine to its own file', async () => {
    using networks = new CabledNamespaces('sd', [{ name: 'site', address: '10.66.3.1/24' }])
    const conf = join(folder, 'dnsmasq.conf')
    const base = ['port=0', 'interface=site', 'dhcp-range=10.66.3.100,10.66.3.150', 'no-ping', `dhcp-leasefile=${folder}/leases`]
    await writeFile(conf, `${base.join('\n')}\n${linesFor('dnsmasq')}`)
    await writeFile(join(folder, 'report'), REPORT, { mode: 0o755 })
    const words = ['netns', 'exec', networks.server, pathOf('dnsmasq')!, '-k', '-C', conf, '--user=root', '--pid-file=']
    const server = spawn('ip', [...words, '--log-facility=-'], { stdio: ['ignore', 'ignore', 'pipe'] })
    const ended = new Promise((done) => server.once('exit', done))
    await new Promise((up) => server.stderr.once('data', up))
    const ask = async (vendorClass: string, architecture: string, ...more: readonly string[]) => {
      const who = ['-V', vendorClass, '-x', `0x5d:${architecture}`, ...more]
      const client = ['netns', 'exec', networks.client('site'), 'udhcpc', '-f', '-q', '-n', '-i', CLIENT_LINK]
      const { stdout } = await run('ip', [...client, '-s', join(folder, 'report'), ...who])
      return stdout.trim()
    }
    try {
      expect(await ask('PXEClient:Arch:00000:UNDI:002001', '0000')).toBe('10.66.3.9 undionly.kpxe')
      expect(await ask('PXEClient:Arch:00007:UNDI:003016', '0007')).toBe(`10.66.3.9 ${X64}`)
      expect(await ask('PXEClient:Arch:00009:UNDI:003016', '0009')).toBe(`10.66.3.9 ${X64}`)
      expect(await ask('PXEClient:Arch:00011:UNDI:003000', '000b')).toBe(`10.66.3.9 ${ARM64}`)
      expect(await ask('PXEClient:Arch:00007:UNDI:003016', '0007', '-x', '0x4d:69505845')).toContain(
        'http://10.66.3.9:8080/autoexec.ipxe',
      )
      expect(await ask('HTTPClient:Arch:00016:UNDI:003001', '0010')).toContain(`http://10.66.3.9:8080/loader/${X64}`)
      expect(await ask('HTTPClient:Arch:00019:UNDI:003001', '0013')).toContain(`http://10.66.3.9:8080/loader/${ARM64}`)
    } finally {
      server.kill('SIGTERM')
      await ended
    }
  })
})
