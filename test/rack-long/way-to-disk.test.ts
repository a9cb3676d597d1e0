// How a UEFI machine gets to its own disk: past the network by BootNext, which its agent set after a job; and through signed GRUB,
// when it asks the network and there is nothing to do. Any firmware can be sent through GRUB, so Secure Boot is off: the image is not signed.
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import { ApplianceProcess } from '../rack/appliance-process.ts'
import type { Machine } from '../rack/machine.ts'
import { netbootEvents } from '../rack/netboot-log.ts'
import { Operator } from '../rack/operator.ts'
import { prepare } from '../rack/prepare.ts'
import { Rack } from '../rack/rack.ts'

const LOGS = join(import.meta.dirname, '../../.cache/rack/last-failure')
const BOOT_MS = 420_000
const JOB_MS = 1_200_000
const FROM_DISK = /tiny-linux version 1 on tiny, machine RACK-D, started by UEFI/

describe('a UEFI machine whose job is done', () => {
  let rack: Rack
  let appliance: ApplianceProcess
  let machine: Machine

  beforeAll(async () => {
    const { accelerator, bootDir, profileDir } = await prepare('tiny-linux', () => {})
    rack = await Rack.create({ accelerator })
    const profilesDir = join(rack.directory, 'profiles')
    cpSync(profileDir, join(profilesDir, 'tiny-linux'), { recursive: true })
    const config = join(rack.directory, 'platen.yaml')
    writeFileSync(config, 'loaders:\n  - { loader: shim, firmware: uefi }\n')
    const { namespace, directory } = rack
    appliance = rack.adopt(await ApplianceProcess.start({ namespace, directory, profilesDir, bootDir, flags: { config } }))
    machine = await rack.addMachine({
      name: 'node-d',
      firmware: 'uefi',
      mac: '52:54:00:77:03:01',
      systemUuid: '7a0c1d52-3f64-4b8e-9c11-525400770301',
      serialNumber: 'RACK-D',
      disks: [{ serial: 'DISK-D', sizeBytes: 1024 ** 3 }],
      memoryMiB: 1536,
      cpus: 1,
      bootOrder: 'network-then-disk',
    })
  })

  afterAll(() => rack?.close())

  it('goes to its disk by BootNext, without a word on the network', async () => {
    onTestFailed(() => rack.saveLogs(LOGS))
    const operator = new Operator(appliance)
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
    onTestFailed(() => rack.saveLogs(LOGS))
    const asked = timesAsked()
    await machine.reset()
    await machine.console.waitFor(/Nothing to do here: starting from the local disk/, BOOT_MS)
    await machine.console.waitFor(FROM_DISK, BOOT_MS)
    expect(timesAsked()).toBeGreaterThan(asked)
  })

  function timesAsked(): number {
    return netbootEvents(appliance.logFile).filter(({ event }) => event === 'dhcp.answered').length
  }
})
