import { describe, expect, it } from 'vitest'
import type { BootAnswer } from '../../../src/netboot/boot-policy.ts'
import { grubScript, grubStub } from '../../../src/netboot/tftp/grub-script.ts'

const script = (answer: BootAnswer) => grubScript({ answer, mac: '52:54:00:00:00:0a', architecture: 'x64' }).trim().split('\n')

describe('grubScript', () => {
  it('starts the boot OS by TFTP, with every word of the policy as one word', () => {
    const lines = script({ kind: 'boot-os', architecture: 'x64', kernelArguments: ['console=ttyS0,115200', 'a=$(b); c'] })
    expect(lines).toContain("linux /boot-os/x64/vmlinuz console=ttyS0,115200 'a=$(b); c'")
    expect(lines).toContain('initrd /boot-os/x64/initrd.img /boot-os/x64/agent.img')
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
