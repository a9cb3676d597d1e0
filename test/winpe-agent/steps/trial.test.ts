// What a trial decides: which kernel, whether the memory suffices, and the words that keep the machine's disks as they are.
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { orderKernels } from '../../../src/winpe-agent/steps/trial-kernel.ts'
import { checkMemory, neededBytes } from '../../../src/winpe-agent/steps/trial-memory.ts'
import { trialCommandLine, trialFiles } from '../../../src/winpe-agent/steps/trial-words.ts'

const GIB = 1024 ** 3

describe('the kernel', () => {
  it.each([
    { name: 'what the image points at', names: ['vmlinuz-6.1.0', 'vmlinuz'], first: 'vmlinuz' },
    {
      name: 'the newest by number, not by letter',
      names: ['vmlinuz-6.9.0-1', 'vmlinuz-6.12.0-2', 'vmlinuz-6.1.0'],
      first: 'vmlinuz-6.12.0-2',
    },
    {
      name: 'no rescue kernel, no signature, no initrd',
      names: ['vmlinuz-0-rescue-abc', 'vmlinuz.old', 'vmlinuz.sig', 'initrd.img'],
      first: undefined,
    },
    { name: 'an Image of arm64', names: ['config-6.1', 'Image'], first: 'Image' },
  ])('$name', ({ names, first }) => {
    expect(orderKernels(names)[0]).toBe(first)
  })
})

describe('the memory', () => {
  it.each([
    { name: 'a small root fits a small machine', unpacked: 0.1, total: 1, available: 0.6, fits: true },
    {
      name: 'more than half of the memory never fits: the kernel gives its first root no more',
      unpacked: 1.1,
      total: 2,
      available: 1.9,
      fits: false,
    },
    { name: 'the boot OS has to pack it, too', unpacked: 0.8, total: 2, available: 0.5, fits: false },
    { name: 'a large root fits a large machine', unpacked: 6, total: 32, available: 31, fits: true },
  ])('$name', ({ unpacked, total, available, fits }) => {
    const check = () =>
      checkMemory({ unpackedBytes: unpacked * GIB }, { totalBytes: total * GIB, availableBytes: available * GIB })
    if (fits) check()
    else expect(check).toThrow(/needs \d+ MiB of memory/)
  })

  it('what is needed is always more than twice the root', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), fc.nat(2 ** 40), (unpackedBytes, packedBytes) => {
        expect(neededBytes({ unpackedBytes, packedBytes })).toBeGreaterThanOrEqual(2 * unpackedBytes)
      }),
    )
  })
})

describe('the words', () => {
  it('the command line keeps consoles, drops tokens and addresses, and keeps drivers of disks out', () => {
    const own = 'BOOTIF=52:54:00:12:34:56 platen.url=http://10.0.0.1:8080 platen.token=secret console=tty0 console=ttyS0,115200\n'
    const line = trialCommandLine(own, ['ahci', 'virtio_blk'])
    expect(line).toMatch(/^console=tty0 console=ttyS0,115200 rdinit=/)
    expect(line).not.toContain('secret')
    expect(line.match(/module_blacklist=(\S+)/)?.[1]?.split(',')).toEqual(
      expect.arrayContaining(['virtio_blk', 'sd_mod', 'nvme', 'ahci']),
    )
  })

  it('the first process is a script that a shell can read', () => {
    const init = trialFiles({ imageName: 'debian-13', version: 4 }, Buffer.alloc(0)).find(({ path }) => path.endsWith('/init'))
    execFileSync('sh', ['-n'], { input: init!.content as Uint8Array })
  })
})
