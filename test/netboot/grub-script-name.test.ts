import fc from 'fast-check'
import { expect, it } from 'vitest'
import { grubAskerOf, grubScriptName } from '../../src/netboot/grub-script-name.ts'

it.each([
  ['boot/52:54:00:00:00:0a.x86_64.grub', { mac: '52:54:00:00:00:0a', architecture: 'x64', isAgain: false }],
  ['boot/52:54:00:00:00:0a.arm64.again.grub', { mac: '52:54:00:00:00:0a', architecture: 'arm64', isAgain: true }],
] as const)('%s', (name, asker) => {
  expect(grubAskerOf(name)).toEqual(asker)
  expect(grubScriptName(asker)).toBe(name)
})

it('every name leads back to who asks by it', () => {
  const mac = fc.uint8Array({ minLength: 6, maxLength: 6 }).map((bytes) => [...bytes].map(twoDigits).join(':'))
  fc.assert(
    fc.property(mac, fc.constantFrom('x64', 'arm64'), fc.boolean(), (mac, architecture, isAgain) => {
      expect(grubAskerOf(grubScriptName({ mac, architecture, isAgain }))).toEqual({ mac, architecture, isAgain })
    }),
  )
})

it.each([
  'boot/52:54:00:00:00:0a.ipxe',
  'boot/52:54:00:00:00:0a.grub',
  'boot/52:54:00:00:00:0a.i386.grub',
  'boot/52-54-00-00-00-0a.x86_64.grub',
  'boot/:::::::::::::::::.x86_64.grub',
  'boot/52:54:00:00:00:0a.x86_64.grub.again',
  'grub/grub.cfg',
])('%s is not one', (name) => expect(grubAskerOf(name)).toBeUndefined())

const twoDigits = (byte: number) => byte.toString(16).padStart(2, '0')
