import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { BootAnswer } from '../../../src/netboot/boot-policy.ts'
import { grubScript, grubStub } from '../../../src/netboot/tftp/grub-script.ts'
import { needs, program } from '../../needs.ts'

const asker = { mac: '52:54:00:00:00:0a', architecture: 'x64', applianceUrl: 'http://10.77.0.1:8080' } as const
const script = (answer: BootAnswer) =>
  grubScript({ ...asker, answer })
    .trim()
    .split('\n')

const ANSWERS: readonly BootAnswer[] = [
  { kind: 'boot-os', architecture: 'x64', kernelArguments: ['console=ttyS0,115200', 'a=$(b); c'] },
  { kind: 'kernel', kernelPath: '/k', kernelArguments: '' },
  { kind: 'wait', message: 'not yours', retrySeconds: 7 },
  { kind: 'local-disk', methods: ['exit'] },
]
const CHECKER = 'grub-script-check'

describe('grubScript', () => {
  it('starts the boot OS by HTTP, then by TFTP, with every word of the policy as one word', () => {
    const lines = script(ANSWERS[0]!)
    expect(lines).toContain('for from in (http,10.77.0.1:8080) ($root); do')
    expect(lines).toContain("  if linux $from/boot-os/x64/vmlinuz console=ttyS0,115200 'a=$(b); c'; then")
    expect(lines).toContain('    if initrd $from/boot-os/x64/initrd.img $from/boot-os/x64/agent.img; then')
  })

  it.each(ANSWERS)('is a script that GRUB reads: $kind', needs(program(CHECKER)), (answer) => {
    const checked = spawnSync(CHECKER, { input: grubScript({ ...asker, answer }), encoding: 'utf8' })
    expect(checked).toMatchObject({ stderr: '', status: 0 })
  })

  it('waits and asks again', () => {
    expect(script({ kind: 'wait', message: "not 'yours'\n", retrySeconds: 7 })).toEqual([
      "echo 'not  yours  '",
      'sleep 7',
      'configfile /boot/52:54:00:00:00:0a.x86_64.again.grub',
    ])
  })

  it('loads no kernel of a profile: it is not signed', () => {
    const lines = script({ kind: 'kernel', kernelPath: '/k', kernelArguments: '' })
    expect(lines.join(' ')).toMatch(/Secure Boot .* sleep 30 configfile/)
  })

  it('starts the loader of the disk', () => {
    expect(script({ kind: 'local-disk', methods: ['exit'] }).join('\n')).toMatch(/search .*--file \$loader[\s\S]*chainloader/)
  })
})

it('the first file sends GRUB to the one of its machine', () => {
  expect(grubStub()).toMatch(/^configfile .*\{net_default_mac\}\.\$\{grub_cpu\}\.grub\n/)
})
