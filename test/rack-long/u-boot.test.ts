// U-Boot, as small boards have it: known by its name, and then, when it asks as the UEFI that it also is, served like any other.
import { expect, it } from 'vitest'
import { netbootEvents } from '../rack/netboot-log.ts'
import { inRack } from './boot-case.ts'

const machine = { firmware: 'u-boot', architecture: 'arm64' } as const

it('U-Boot is named, and starts the loader that it asks for as UEFI', async () => {
  const events = await inRack({ name: 'U-Boot server', machine, dhcp: 'server' }, async ({ console }, { logFile }) => {
    await console.waitFor(/iPXE initialising devices/, 300_000)
    return netbootEvents(logFile)
  })
  const named = { event: 'dhcp.answered', client: expect.stringMatching(/^U-Boot/) }
  expect(events).toContainEqual(expect.objectContaining(named))
  const fetched = { event: 'tftp.finished', file: expect.stringMatching(/ipxe-arm64\.efi$/) }
  expect(events).toContainEqual(expect.objectContaining(fetched))
})
