// The boots of machines as they are told from what happens on the wire.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BootBook } from '../../src/netboot/boot-book.ts'
import type { NetbootEvent, NetbootHappening } from '../../src/netboot/events.ts'

const MAC = '52:54:00:00:00:01'
const OTHER = '52:54:00:00:00:02'
const at = (seconds: number): string => new Date(1_700_000_000_000 + seconds * 1000).toISOString()
const event = (seconds: number, happening: NetbootHappening): NetbootEvent => ({ ...happening, at: at(seconds) })
const dhcp = (client: string, asked: string, { mac = MAC, address = '10.0.0.9' } = {}): NetbootHappening => ({
  type: 'dhcp.answered',
  interfaceName: 'br0',
  mac,
  client,
  asked,
  answered: asked === 'discover' ? 'offer' : 'ack',
  address,
  bootFile: client.startsWith('UEFI') ? 'ipxe-x64.efi' : undefined,
  relayAgentIp: undefined,
  secondsElapsed: 0,
  why: 'a boot client',
})
const tftp = (from: string, more: Partial<Extract<NetbootHappening, { type: 'tftp.finished' }>> = {}): NetbootHappening => ({
  type: 'tftp.finished',
  from,
  file: 'ipxe-x64.efi',
  sizeBytes: 1_000_000,
  durationMs: 400,
  resentBlocks: 0,
  ...more,
})
const http = (from: string): NetbootHappening => ({
  type: 'http.file-sent',
  from,
  file: 'x64/vmlinuz',
  sentBytes: 9e6,
  durationMs: 90,
})
const script = (mac: string, from: string): NetbootHappening => ({
  type: 'script.answered',
  from,
  mac,
  answer: 'boot-os',
  isAgain: false,
})
const book = (events: readonly NetbootEvent[]): BootBook => {
  const made = new BootBook()
  for (const each of events) made.note(each)
  return made
}

describe('the boots of a machine', () => {
  const whole = [
    event(0, dhcp('UEFI x64 firmware', 'discover')),
    event(1, dhcp('UEFI x64 firmware', 'request')),
    event(2, tftp('10.0.0.9')),
    event(3, dhcp('iPXE 1.21.1 on UEFI x64', 'discover')),
    event(4, dhcp('iPXE 1.21.1 on UEFI x64', 'request')),
    event(5, script(MAC, '10.0.0.9')),
    event(6, http('10.0.0.9')),
    event(12, dhcp('ordinary DHCP client', 'request')),
  ]

  it('firmware, iPXE and the boot OS are one boot, step by step in words', () => {
    const [boot, ...rest] = book(whole).boots([MAC])
    expect(rest).toEqual([])
    expect(boot).toMatchObject({ startedAt: at(0), answer: 'boot-os', leftOut: 0 })
    expect(boot!.steps.map(({ by, verdict }) => `${by} ${verdict}`)).toEqual([
      'dhcp good',
      'dhcp good',
      'tftp good',
      'dhcp good',
      'dhcp good',
      'http good',
      'http good',
      'dhcp good',
    ])
    expect(boot!.steps[0]!.says).toBe('UEFI x64 firmware asked (discover): offer 10.0.0.9, loader ipxe-x64.efi; a boot client')
    expect(boot!.steps[2]!.says).toBe('it has ipxe-x64.efi: 1.0 MB in 0.4 s (2.5 MB/s)')
    expect(boot!.steps[5]!.says).toBe('it asked what to boot: start the boot OS')
  })

  it.each([
    { name: 'firmware that asks again begins another boot', next: dhcp('UEFI x64 firmware', 'discover'), seconds: 30, boots: 2 },
    { name: 'whoever was silent for long begins another boot', next: script(MAC, '10.0.0.9'), seconds: 700, boots: 2 },
    {
      name: 'a system that renews its address begins none',
      next: dhcp('ordinary DHCP client', 'request'),
      seconds: 3600,
      boots: 1,
    },
    { name: 'a script that is asked for anew begins another boot', next: script(MAC, '10.0.0.9'), seconds: 60, boots: 2 },
    {
      name: 'a script that is asked for once more does not',
      next: { ...script(MAC, '10.0.0.9'), isAgain: true } as NetbootHappening,
      seconds: 60,
      boots: 1,
    },
    {
      name: 'another machine is another machine',
      next: dhcp('UEFI x64 firmware', 'discover', { mac: OTHER }),
      seconds: 30,
      boots: 1,
    },
  ])('$name', ({ next, seconds, boots }) => {
    expect(book([...whole, event(seconds, next)]).boots([MAC])).toHaveLength(boots)
  })

  it('what an address fetched before anybody knew whose it is belongs to who is known to have it then', () => {
    const [boot] = book([event(0, tftp('10.0.0.7')), event(1, script(MAC, '10.0.0.7'))]).boots([MAC])
    expect(boot!.steps.map(({ by }) => by)).toEqual(['tftp', 'http'])
  })

  it("what comes from an address with several machines behind it is nobody's", () => {
    const made = book([event(0, script(MAC, '127.0.0.1')), event(1, script(OTHER, '127.0.0.1')), event(2, http('127.0.0.1'))])
    expect([MAC, OTHER].map((mac) => made.boots([mac])[0]!.steps.length)).toEqual([1, 1])
  })

  it('an address that goes to another machine takes nothing along', () => {
    const made = book([
      ...whole,
      event(4000, dhcp('UEFI x64 firmware', 'discover', { mac: OTHER })),
      event(4001, tftp('10.0.0.9')),
    ])
    expect(made.boots([OTHER])[0]!.steps.map(({ by }) => by)).toEqual(['dhcp', 'tftp'])
    expect(made.boots([MAC])).toHaveLength(1)
  })

  it.each([
    {
      name: 'a file that broke off',
      happening: { type: 'tftp.failed', from: '10.0.0.9', file: 'a', reason: 'silence', sentBytes: 5 },
      verdict: 'bad',
    },
    { name: 'a line that loses much', happening: tftp('10.0.0.9', { resentBlocks: 90 }), verdict: 'odd' },
    {
      name: 'no address left',
      happening: { type: 'dhcp.pool-full', interfaceName: 'br0', network: '10.0.0.0/24', mac: MAC },
      verdict: 'bad',
    },
  ] as const)('$name is told', ({ happening, verdict }) => {
    expect(
      book([...whole, event(9, happening)])
        .boots([MAC])[0]!
        .steps.at(-1),
    ).toMatchObject({ verdict })
  })
})

it('is bounded, whatever happens', () => {
  const limits = { boots: 3, stepsOfBoot: 5, steps: 40, addresses: 6 }
  const mac = fc.integer({ min: 0, max: 20 }).map((n) => `52:54:00:00:01:${n.toString(16).padStart(2, '0')}`)
  const address = fc.integer({ min: 1, max: 12 }).map((n) => `10.0.0.${n}`)
  const client = fc.constantFrom('UEFI x64 firmware', 'iPXE on BIOS', 'ordinary DHCP client')
  const happening = fc.oneof(
    fc
      .tuple(client, fc.constantFrom('discover', 'request'), mac, address)
      .map(([who, asked, m, a]) => dhcp(who, asked, { mac: m, address: a })),
    address.map((from) => tftp(from)),
    address.map(http),
    fc.tuple(mac, address).map(([m, a]) => script(m, a)),
  )
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 900 }), happening), { maxLength: 300 })
  fc.assert(
    fc.property(steps, (all) => {
      const made = new BootBook(limits)
      const macs = new Set<string>()
      let seconds = 0
      for (const [later, each] of all) {
        seconds += later
        made.note(event(seconds, each))
        if ('mac' in each) macs.add(each.mac)
        expect(made.size).toBeLessThanOrEqual(limits.steps)
      }
      let kept = 0
      for (const each of macs) {
        const boots = made.boots([each])
        expect(boots.length).toBeLessThanOrEqual(limits.boots)
        for (const { steps: own, startedAt } of boots) {
          expect(own.length).toBeLessThanOrEqual(limits.stepsOfBoot)
          expect(own.length).toBeGreaterThan(0)
          expect(own.every((step) => step.at >= startedAt) || own[0]!.at === startedAt).toBe(true)
        }
        kept += boots.reduce((sum, boot) => sum + boot.steps.length, 0)
      }
      expect(kept).toBeLessThanOrEqual(made.size)
    }),
  )
})
