// What a disk proves of itself, on machines: a deploy leaves its record, an edited one is repaired at the next boot, a copied disk is known as
// that, and a machine whose appliance is away starts what it has.
import { copyFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import type { NodeView } from '../../src/contract/operator-api.ts'
import { recordPlaces } from '../../src/imaging/record-place.ts'
import { recordsOn } from '../../src/winpe-agent/record/record-block.ts'
import { type BuildScene, buildScene } from '../rack/build-scene.ts'
import { smallMachine } from '../rack/small-machine.ts'

const BOOT_MS = 420_000
const JOB_MS = 600_000
const DISK_BYTES = 1024 ** 3
const FROM_DISK = /tiny-linux version 1 on tiny, machine RACK-F/

describe('a node that is held to its version at each boot', () => {
  let scene: BuildScene

  beforeAll(async () => {
    scene = await buildScene(smallMachine({ label: 'f', number: '0501', firmware: 'bios', diskBytes: DISK_BYTES }))
  })

  afterAll(() => scene?.rack.close())

  it('gets it by itself, and its disk proves it', async () => {
    onTestFailed(() => scene.rack.saveLogs())
    const { operator, machine } = scene
    await operator.order('rule', 'add', '--mac-prefix', machine.spec.mac)
    const { id } = await operator.addJob('build', '--profile', 'tiny-linux', '--when-done', 'stay')
    await machine.powerOn()
    await operator.succeeded(id, JOB_MS)
    await machine.holdAtReboot()
    await wantedAtEachBoot()
    await machine.waitForPowerOff(JOB_MS)
    const { present } = await node()
    expect(present).toMatchObject({ record: 'good', said: 'boot-os', image: { name: 'tiny-linux', version: 1 } })
    expect(JSON.parse((await recordOfDisk())!)).toMatchObject({ record: { disk: { ids: ['serial DISK-F'] } } })
  })

  it('starts from its disk, without a look, when that is right', async () => {
    onTestFailed(() => scene.rack.saveLogs())
    const { machine } = scene
    await machine.powerOn()
    await machine.console.waitFor(FROM_DISK, BOOT_MS)
    expect(machine.console.saw(/agent .*, appliance/)).toBe(false)
    await machine.powerOff()
  })

  it('is repaired in the boot in which its record turns out to be edited', async () => {
    onTestFailed(() => scene.rack.saveLogs())
    const { operator, machine } = scene
    const [place] = recordPlaces(DISK_BYTES)
    const text = (await recordOfDisk())!
    await using disk = await open(machine.diskFile(), 'r+')
    await disk.write('9', place!.offset + 16 + text.indexOf('"version":') + '"version":'.length)
    await operator.order('node', 'prove', (await node()).name)
    await machine.powerOn()
    await machine.console.waitFor(/the record on its disk is edited/, BOOT_MS)
    await machine.holdAtReboot()
    await machine.waitForPowerOff(JOB_MS)
    expect((await node()).present).toMatchObject({ record: 'good', image: { version: 1 } })
    expect(await recordOfDisk()).not.toContain('"version":9')
  })

  it('has a record that means nothing on a copy of its disk', async () => {
    onTestFailed(() => scene.rack.saveLogs())
    const { rack, machine } = scene
    const other = await rack.addMachine(smallMachine({ label: 'g', number: '0502', firmware: 'bios', diskBytes: DISK_BYTES }))
    copyFileSync(machine.diskFile(), other.diskFile())
    await other.powerOn()
    await other.console.waitFor(/the record on its disk is copied-disk/, BOOT_MS)
    await other.powerOff()
  })

  it('starts what it has when nobody answers on the network', async () => {
    onTestFailed(() => scene.rack.saveLogs())
    const { appliance, machine } = scene
    await appliance.crash()
    await machine.powerOn()
    await machine.console.waitFor(FROM_DISK, BOOT_MS)
  })

  async function wantedAtEachBoot(): Promise<void> {
    const { name } = await node()
    await scene.operator.order('class', 'set', 'kept', '--node', name, '--image', 'tiny-linux', '--enforce', 'at-boot')
  }

  async function node(): Promise<NodeView> {
    return scene.operator.nodeWith(scene.machine.spec.mac, 1000)
  }

  async function recordOfDisk(): Promise<string | undefined> {
    await using disk = await open(scene.machine.diskFile(), 'r')
    return (await recordsOn(disk, DISK_BYTES))[0]?.text
  }
})
