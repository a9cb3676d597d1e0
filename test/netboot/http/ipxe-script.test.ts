import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BootAnswer, BootClient } from '../../../src/netboot/boot-policy.ts'
import { autoexecScript, bootScript } from '../../../src/netboot/http/ipxe-script.ts'

const client = (firmware: BootClient['firmware']): Parameters<typeof bootScript>[0]['client'] => ({
  mac: '52:54:00:00:00:0a',
  firmware,
  applianceUrl: 'http://10.77.0.1:8080',
})
const script = (answer: BootAnswer, firmware: BootClient['firmware'] = 'bios') => bootScript({ answer, client: client(firmware) })

describe('bootScript', () => {
  it('starts the boot OS with kernel, both initrds and the words of the policy', () => {
    const lines = script({ kind: 'boot-os', architecture: 'x64', kernelArguments: ['console=ttyS0', 'platen.token=abc'] })
    expect(lines).toMatch(/^#!ipxe\n/)
    expect(lines).toContain(
      'kernel --name vmlinuz http://10.77.0.1:8080/boot-os/x64/vmlinuz initrd=initrd.img initrd=agent.img console=ttyS0 platen.token=abc ||',
    )
    expect(lines).toMatch(
      /initrd --name initrd.img .*\/x64\/initrd.img \|\|[\s\S]*initrd --name agent.img .*\/x64\/agent.img \|\|/,
    )
  })

  it('starts the build that the policy names, with all its initrds', () => {
    const files = {
      kernelPath: '/boot-os/x64/3/vmlinuz',
      initrdPaths: ['initrd.img', 'variant.img', 'agent.img'].map((name) => `/boot-os/x64/3/${name}`),
    }
    const lines = script({ kind: 'boot-os', architecture: 'x64', files, kernelArguments: [] }).split('\n')
    expect(lines.filter((line) => /^(kernel|initrd) /.test(line))).toEqual([
      'kernel --name vmlinuz http://10.77.0.1:8080/boot-os/x64/3/vmlinuz initrd=initrd.img initrd=variant.img initrd=agent.img || goto broken',
      'initrd --name initrd.img http://10.77.0.1:8080/boot-os/x64/3/initrd.img || goto broken',
      'initrd --name variant.img http://10.77.0.1:8080/boot-os/x64/3/variant.img || goto broken',
      'initrd --name agent.img http://10.77.0.1:8080/boot-os/x64/3/agent.img || goto broken',
    ])
  })

  it('starts the kernel of a job, and says when it asks because that failed', () => {
    const answer = { kind: 'kernel', kernelPath: '/k', initrdPath: '/i', kernelArguments: 'auto=1 $' + '{x}\nexit' } as const
    const lines = script(answer).split('\n')
    expect(lines).toContain('kernel --name kernel http://10.77.0.1:8080/k initrd=initrd auto=1 $ {x} exit || goto broken')
    expect(lines).toContain('initrd --name initrd http://10.77.0.1:8080/i || goto broken')
    expect(lines.findLast((line) => line.startsWith('chain'))).toMatch(/&again=1 \|\| goto broken$/)
    const without = script({ kind: 'kernel', kernelPath: '/k', kernelArguments: 'quiet' })
    expect(without).toContain('kernel --name kernel http://10.77.0.1:8080/k quiet ||')
    expect(without).not.toContain('initrd')
  })

  it.each([
    { name: 'exit', methods: ['exit'] as const, firmware: 'uefi' as const, want: ['exit 1'] },
    {
      name: 'sanboot, then exit',
      methods: ['sanboot', 'exit'] as const,
      firmware: 'bios' as const,
      want: ['sanboot --no-describe --drive 0x80 ||', 'exit 1'],
    },
    { name: 'boot-next is the agent’s', methods: ['boot-next'] as const, firmware: 'uefi' as const, want: ['exit 1'] },
    { name: 'no method at all', methods: [] as const, firmware: undefined, want: ['exit 1'] },
  ])('starts the local disk: $name', ({ methods, firmware, want }) => {
    expect(script({ kind: 'local-disk', methods }, firmware).trim().split('\n').slice(2)).toEqual(want)
  })

  it('waits and asks again, and a message cannot become a command', () => {
    const lines = script({ kind: 'wait', message: 'not approved\nreboot $' + '{x}', retrySeconds: 7 }).split('\n')
    expect(lines).toContain('echo not approved reboot $ {x}')
    expect(lines).toContain('sleep 7')
    expect(lines.some((line) => line.startsWith('chain --replace http://10.77.0.1:8080/boot/52:54:00:00:00:0a.ipxe?uuid='))).toBe(
      true,
    )
  })
})

it('autoexec asks for an address many times, over IPv4 only', () => {
  const lines = autoexecScript('http://10.77.0.1:8080').split('\n')
  expect(lines.some((line) => line.startsWith('ifconf --configurator dhcp'))).toBe(true)
  const chain = 'chain --replace http://10.77.0.1:8080/boot/$' + '{netX/mac:hexhyp}.ipxe?uuid='
  expect(lines.some((line) => line.startsWith(chain))).toBe(true)
})

describe('words of people', () => {
  const hostile = fc
    .array(
      fc.oneof(fc.constantFrom('&&', '||', ';', '#', '#x', '$', '{x}', '\n', '\r\n', ' ', 'reboot'), fc.string({ maxLength: 5 })),
    )
    .map((parts) => parts.join(' '))

  it('are never a command, a comment, a setting or a line of their own', () => {
    const plain = script({ kind: 'wait', message: 'x', retrySeconds: 5 }).split('\n').length
    fc.assert(
      fc.property(hostile, (message) => {
        const lines = script({ kind: 'wait', message, retrySeconds: 5 }).split('\n')
        expect(lines).toHaveLength(plain)
        const [echo = ''] = lines.filter((line) => line.startsWith('echo '))
        expect(echo).not.toContain('$' + '{')
        expect(echo.split(/\s+/).filter((word) => /^(\|\||&&|;|#.*)$/.test(word))).toEqual([])
      }),
    )
  })

  it('of a kernel stay before what ends its command', () => {
    const lines = script({ kind: 'kernel', kernelPath: '/k', kernelArguments: 'quiet && reboot ; # all of it || exit' }).split(
      '\n',
    )
    expect(lines).toContain(
      "kernel --name kernel http://10.77.0.1:8080/k quiet '&&' reboot ';' '#' all of it '||' exit || goto broken",
    )
  })
})
