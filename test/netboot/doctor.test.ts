import { describe, expect, it } from 'vitest'
import { type DoctorInput, diagnose } from '../../src/netboot/doctor.ts'
import type { NetbootEvent, NetbootHappening } from '../../src/netboot/events.ts'

const NOW = Date.parse('2026-01-02T04:00:00Z')
const MAC = '52:54:00:00:00:0a'
const at = (secondsAgo: number) => new Date(NOW - secondsAgo * 1000).toISOString()

type Answered = Extract<NetbootHappening, { type: 'dhcp.answered' }>
const answered = (more: Partial<Answered> = {}): NetbootEvent => ({
  type: 'dhcp.answered',
  interfaceName: 'eth0',
  mac: MAC,
  client: 'x64 UEFI firmware',
  asked: 'discover',
  answered: 'offer',
  address: '10.77.0.100',
  bootFile: undefined,
  relayAgentIp: undefined,
  secondsElapsed: 0,
  why: '',
  at: at(60),
  ...more,
})

const foreign = (bootFile?: string): NetbootEvent => ({
  type: 'dhcp.foreign-server-seen',
  interfaceName: 'eth0',
  server: '10.77.0.9',
  offered: '10.77.0.50',
  bootFile,
  at: at(60),
})

const started = (secondsAgo: number): NetbootEvent => ({
  type: 'dhcp.started',
  interfaceName: 'eth0',
  mode: 'server',
  address: '10.77.0.1',
  at: at(secondsAgo),
})
const transfer = { from: '10.77.0.100', file: '52-54-00-00-00-0a/snponly-x64.efi', sizeBytes: 284_672, resentBlocks: 0 }

function findings(events: readonly NetbootEvent[], more: Partial<DoctorInput> = {}): string[] {
  const interfaces = [{ name: 'eth0', mode: 'server' as const, address: '10.77.0.1' }]
  const loaders = ['undionly.kpxe', 'snponly-x64.efi']
  return diagnose({ events, interfaces, loaders, now: NOW, ...more }).map(
    ({ severity, subject, seen }) => `${severity} ${subject}: ${seen}`,
  )
}

describe('diagnose', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(findings([started(7200), answered(), answered({ answered: 'ack' })])).toEqual([])
  })

  it('tells an interface that is gone, and what to do', () => {
    const interfaces = [{ name: 'eth0', mode: 'server' as const, address: '10.77.0.1', trouble: 'there is no such interface' }]
    expect(findings([], { interfaces })).toEqual(['problem eth0: nobody is served there: there is no such interface'])
  })

  it('tells who sends odd options, once a machine', () => {
    const odd = {
      type: 'dhcp.odd-option',
      interfaceName: 'eth0',
      mac: '52:54:00:00:00:0a',
      options: ['12 says 20'],
      at: at(60),
    } as const
    expect(findings([odd, odd])).toEqual([
      'notice 52:54:00:00:00:0a: sends DHCP options that are odd, and is answered even so: 12 says 20',
    ])
  })

  it.each([
    {
      name: 'a second server in server mode',
      mode: 'server' as const,
      events: [foreign()],
      want: 'problem eth0: the DHCP server 10.77.0.9 answers too, with 10.77.0.50',
    },
    {
      name: 'the site’s server in proxy mode',
      mode: 'proxy' as const,
      events: [foreign()],
      want: 'good eth0: the DHCP server 10.77.0.9 answers too, with 10.77.0.50',
    },
    {
      name: 'the site’s server with a boot file of its own',
      mode: 'proxy' as const,
      events: [foreign('pxelinux.0')],
      want: 'problem eth0: the DHCP server 10.77.0.9 answers too, with 10.77.0.50 and the boot file pxelinux.0',
    },
    {
      name: 'nobody who gives addresses',
      mode: 'proxy' as const,
      events: [],
      want: 'problem eth0: no other DHCP server answers, and proxy mode gives no addresses',
    },
  ])('$name', ({ mode, events, want }) => {
    expect(findings(events, { interfaces: [{ name: 'eth0', mode, address: '10.77.0.1' }] })).toEqual([want])
  })

  it.each([
    { name: 'silence', events: [started(3600)], want: /^notice eth0: not one DHCP request was heard since/ },
    {
      name: 'offers that nobody takes',
      events: [answered(), answered(), answered()],
      want: /^problem .*: 3 offers to x64 UEFI firmware and not one was taken up/,
    },
    {
      name: 'a port that opens late',
      events: [answered({ secondsElapsed: 30 })],
      want: /^notice .*: was first heard 30 s after/,
    },
    {
      name: 'a network without a subnet',
      events: [
        {
          type: 'dhcp.ignored',
          interfaceName: 'eth0',
          mac: MAC,
          client: '',
          asked: 'discover',
          reason: 'its network is none of those served here',
          at: at(9),
        } as const,
      ],
      want: /asks from a network that has no subnet here/,
    },
    {
      name: 'a full pool',
      events: [{ type: 'dhcp.pool-full', interfaceName: 'eth0', network: '10.77.0.0/24', mac: MAC, at: at(9) } as const],
      want: /^problem 10.77.0.0\/24: every address is in use/,
    },
    {
      name: 'a loader that never calls back',
      events: [{ type: 'tftp.finished', ...transfer, durationMs: 100, at: at(120) } as const],
      want: /^problem .*: fetched .*snponly-x64.efi and was not heard of since/,
    },
    {
      name: 'a slow transfer',
      events: [{ type: 'tftp.finished', ...transfer, durationMs: 9000, at: at(1) } as const],
      want: /^notice 10.77.0.100: .*: 0.0 MB\/s/,
    },
    {
      name: 'a broken transfer',
      events: [{ type: 'tftp.failed', from: '10.77.0.100', file: 'x', reason: 'silence', sentBytes: 7, at: at(1) } as const],
      want: /^problem 10.77.0.100: x broke off after 7 bytes: silence/,
    },
    {
      name: 'a boot loop',
      events: Array.from(
        { length: 5 },
        () =>
          ({
            type: 'script.answered',
            from: '10.77.0.100',
            mac: MAC,
            answer: 'boot-os',
            isAgain: false,
            at: at(100),
          }) as const,
      ),
      want: /was sent into the boot OS 5 times within an hour/,
    },
  ])('sees $name', ({ events, want }) => {
    expect(findings(events).filter((line) => !line.startsWith('good'))).toEqual([expect.stringMatching(want)])
  })

  it('is content with a machine that fetched its loader and asked for its script', () => {
    const fetched = { type: 'tftp.finished', ...transfer, durationMs: 100, at: at(120) } as const
    const script = { type: 'script.answered', from: '10.77.0.100', mac: MAC, answer: 'local-disk', isAgain: false } as const
    expect(findings([fetched, { ...script, at: at(118) }]).filter((line) => !line.startsWith('good'))).toEqual([])
  })

  it('takes a script that asks again for no further boot', () => {
    const again = {
      type: 'script.answered',
      from: '10.77.0.100',
      mac: MAC,
      answer: 'boot-os',
      isAgain: true,
      at: at(100),
    } as const
    expect(findings(Array.from({ length: 20 }, () => again))).toEqual([])
  })

  it('names loaders that are missing', () => {
    expect(findings([], { loaders: [] })).toEqual([
      'problem undionly.kpxe: this loader is missing',
      'problem snponly-x64.efi: this loader is missing',
    ])
  })

  it('says what to do about every problem', () => {
    const all = diagnose({
      events: [foreign(), answered(), answered(), answered()],
      interfaces: [{ name: 'eth0', mode: 'server', address: '' }],
      loaders: [],
      now: NOW,
    })
    expect(all.every(({ severity, advice }) => severity === 'good' || (advice ?? '').length > 10)).toBe(true)
  })
})
