// What the content of a version says that it starts on: programs by their first bytes, and what follows from all that was seen.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgeSeen, processorOf, type Seen, type StartsOn } from '../../../src/library/image-files/starts-on.ts'

function elf(machine: number): Buffer {
  const head = Buffer.alloc(64)
  head.write('\x7fELF\x02\x01\x01', 'latin1')
  head.writeUInt16LE(machine, 18)
  return head
}

function pe(machine: number, at = 128): Buffer {
  const head = Buffer.alloc(Math.max(256, at + 6))
  head.write('MZ', 'latin1')
  head.writeUInt32LE(at, 60)
  head.write('PE\0\0', at, 'latin1')
  head.writeUInt16LE(machine, at + 4)
  return head
}

describe('the processor of a program', () => {
  it.each([
    { name: 'ELF for x86-64', head: elf(0x3e), want: 'x64' },
    { name: 'ELF for AArch64', head: elf(0xb7), want: 'arm64' },
    { name: 'ELF for 32-bit x86', head: elf(3), want: undefined },
    { name: 'PE for x64', head: pe(0x8664), want: 'x64' },
    { name: 'PE for ARM64', head: pe(0xaa64), want: 'arm64' },
    { name: 'PE for 32-bit x86', head: pe(0x14c), want: undefined },
    { name: 'a script', head: Buffer.from('#!/bin/sh\n'), want: undefined },
    { name: 'nothing', head: Buffer.alloc(0), want: undefined },
    { name: 'ELF that is cut off', head: elf(0x3e).subarray(0, 19), want: undefined },
    { name: 'PE whose header lies behind what was read', head: pe(0x8664).subarray(0, 100), want: undefined },
  ])('$name', ({ head, want }) => {
    expect(processorOf(head)).toBe(want)
  })

  it('never throws, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom('', '\x7fELF', 'MZ'), (bytes, magic) => {
        const head = Buffer.concat([Buffer.from(magic, 'latin1'), bytes])
        expect(['x64', 'arm64', undefined]).toContain(processorOf(head))
      }),
    )
  })
})

describe('what follows', () => {
  const nothing: Seen = { loaders: [], hasBootCode: false, hasPlaceForLoaders: false }
  it.each<{ name: string; seen: Partial<Seen>; want: StartsOn }>([
    { name: 'nothing from nothing', seen: {}, want: {} },
    {
      name: 'a Linux for both firmwares',
      seen: { system: 'x64', loaders: ['x64'], hasBootCode: true, hasPlaceForLoaders: true },
      want: { architecture: 'x64', firmware: ['bios', 'uefi'] },
    },
    { name: 'a Linux for a BIOS', seen: { system: 'x64', hasBootCode: true }, want: { architecture: 'x64', firmware: ['bios'] } },
    {
      name: 'a Linux for UEFI',
      seen: { system: 'arm64', loaders: ['arm64'], hasPlaceForLoaders: true },
      want: { architecture: 'arm64', firmware: ['uefi'] },
    },
    {
      name: 'one loader alone',
      seen: { loaders: ['arm64'], hasPlaceForLoaders: true },
      want: { architecture: 'arm64', firmware: ['uefi'] },
    },
    {
      name: 'loaders of both types: the system says which',
      seen: { system: 'x64', loaders: ['x64', 'arm64'], hasPlaceForLoaders: true },
      want: { architecture: 'x64', firmware: ['uefi'] },
    },
    {
      name: 'loaders of both types and no system: nobody knows which',
      seen: { loaders: ['x64', 'arm64'], hasPlaceForLoaders: true },
      want: { firmware: ['uefi'] },
    },
    {
      name: 'a boot partition that could not be read: its firmware is not said',
      seen: { system: 'x64', hasBootCode: true, hasPlaceForLoaders: true },
      want: { architecture: 'x64' },
    },
    {
      name: 'code in the first sector is for no ARM',
      seen: { system: 'arm64', hasBootCode: true },
      want: { architecture: 'arm64' },
    },
  ])('$name', ({ seen, want }) => {
    expect(judgeSeen({ ...nothing, ...seen })).toEqual(want)
  })

  it('firmware is said only when at least one was seen', () => {
    const type = fc.constantFrom('x64' as const, 'arm64' as const)
    const seen = fc.record({
      system: fc.option(type, { nil: undefined }),
      loaders: fc.array(type, { maxLength: 3 }),
      hasBootCode: fc.boolean(),
      hasPlaceForLoaders: fc.boolean(),
    })
    fc.assert(
      fc.property(seen, ({ system, ...rest }) => {
        const { firmware } = judgeSeen({ ...rest, ...(system === undefined ? {} : { system }) })
        expect(firmware === undefined || firmware.length > 0).toBe(true)
      }),
    )
  })
})
