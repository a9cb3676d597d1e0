// How a UEFI machine gets to its own disk: past the network by BootNext, which its agent set after a job; and through signed GRUB,
// when it asks the network and there is nothing to do. Any firmware can be sent through GRUB, so Secure Boot is off: the image is not signed.
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import { type BuildScene, buildScene } from '../rack/build-scene.ts'
import { netbootEvents } from '../rack/netboot-log.ts'
import { smallMachine } from '../rack/small-machine.ts'

const BOOT_MS = 420_000
const JOB_MS = 1_200_000
const FROM_DISK = /tiny-linux version 1 on tiny, machine RACK-D, started by UEFI/

describe('a UEFI machine whose job is done', () => {
  let scene: BuildScene

  beforeAll(async () => {
    const shimForAll = 'loaders:\n  - { loader: shim, firmware: uefi }\n'
    scene = await buildScene(smallMachine({ label: 'd', number: '0301', firmware: 'uefi' }), shimForAll)
  })

  afterAll(() => scene?.rack.close())

  it('goes to its disk by BootNext, without a word on the network', async () => {
    onTestFailed(() => scene.rack.saveLogs())
    const { operator, machine } = scene
    await operator.order('rule', 'add', '--mac-prefix', machine.spec.mac)
    const { id } = await operator.addJob('build', '--profile', 'tiny-linux')
    await machine.powerOn()
    await operator.succeeded(id, JOB_MS)
    const [, entry] = await machine.console.waitFor(/the next start goes to the disk \(([0-9A-F]{4}) Platen: the disk\)/, BOOT_MS)
    const asked = timesAsked()
    await machine.console.waitFor(new RegExp(`BdsDxe: starting Boot${entry} "Platen: the disk"`), BOOT_MS)
    await machine.console.waitFor(FROM_DISK, BOOT_MS)
    expect(timesAsked()).toBe(asked)
  })

  it('is sent there by GRUB when it asks the network', async () => {
    onTestFailed(() => scene.rack.saveLogs())
    const { machine } = scene
    const asked = timesAsked()
    await machine.reset()
    await machine.console.waitFor(/Nothing to do here: starting from the local disk/, BOOT_MS)
    await machine.console.waitFor(FROM_DISK, BOOT_MS)
    expect(timesAsked()).toBeGreaterThan(asked)
  })

  function timesAsked(): number {
    return netbootEvents(scene.appliance.logFile).filter(({ event }) => event === 'dhcp.answered').length
  }
})
