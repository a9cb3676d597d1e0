// The clients and servers that the netboot tests speak with come with the set-up: none of those tests is skipped after it for want of one.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PEER_PROGRAMS } from '../fakes/dhcp-peers.ts'
import { needs, pathOf, program } from '../needs.ts'

/** The package of Debian that brings it. */
const PACKAGES: Readonly<Record<string, string>> = {
  atftp: 'atftp',
  busybox: 'busybox',
  curl: 'curl',
  dhclient: 'isc-dhcp-client',
  dhcpcd: 'dhcpcd-base',
  dhcpd: 'isc-dhcp-server',
  dhcping: 'dhcping',
  dhcrelay: 'isc-dhcp-relay',
  dnsmasq: 'dnsmasq-base',
  'grub-script-check': 'grub-common',
  'kea-dhcp4': 'kea-dhcp4-server',
  nmap: 'nmap',
  perfdhcp: 'kea-admin',
  tftp: 'tftp-hpa',
  udhcpc: 'udhcpc',
}

const ROOT = join(import.meta.dirname, '../..')
const TESTS = join(ROOT, 'test/netboot')
const text = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => readFileSync(join(TESTS, file), 'utf8'))
  .join('\n')
const spoken = [...text.matchAll(/program\('([\w-]+)'\)|program: '([\w-]+)'/g)].map(([, one, other]) => one ?? other!)
const used = [...new Set([...spoken, ...Object.values(PEER_PROGRAMS)])].sort()
const installedBySetup = readFileSync(join(ROOT, 'setup/debian-packages.txt'), 'utf8').split(/[\n|]/)

it('each program that a netboot test needs is known here', () => {
  expect(used.filter((name) => PACKAGES[name] === undefined)).toEqual([])
})

it.each(['atftp', 'busybox', 'curl', 'dhclient', 'dhcpcd', 'dhcrelay', 'nmap', 'perfdhcp', 'tftp', 'udhcpc'])(
  '%s takes part',
  (name) => {
    expect(used).toContain(name)
  },
)

it.each(used)('%s comes with the set-up', (name) => {
  expect(installedBySetup).toContain(PACKAGES[name])
})

// nmap stands for all: where it is, the set-up was run.
it.each(used)('after the set-up, %s is where the tests look', needs(program('nmap')), (name) => {
  expect(pathOf(name)).toBeDefined()
})
