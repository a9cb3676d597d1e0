// A bundle on machines: one appliance builds an image and gives everything that it has; another one, with nothing of its own, takes it and images a
// blank machine that neither has seen before, by the rule and the class that came with it.
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import type { InstalledBundle } from '../../src/contract/bundle.ts'
import { ApplianceProcess } from '../rack/appliance-process.ts'
import { type BuildScene, buildScene } from '../rack/build-scene.ts'
import { Operator } from '../rack/operator.ts'
import { prepare } from '../rack/prepare.ts'
import { smallMachine } from '../rack/small-machine.ts'

const BOOT_MS = 600_000
const JOB_MS = 1_200_000
const FROM_DISK = /tiny-linux version 1 on tiny, machine RACK-N/

describe('an empty appliance that is given a bundle', () => {
  let scene: BuildScene
  let file: string

  beforeAll(async () => {
    scene = await buildScene(smallMachine({ label: 'm', number: '0611', firmware: 'bios' }))
    file = join(scene.rack.directory, 'site.bundle')
  })

  afterAll(() => scene?.rack.close())

  it('the giver builds an image and writes the bundle', async () => {
    onTestFailed(() => scene.rack.saveLogs())
    const { operator, machine, appliance } = scene
    await operator.order('rule', 'add', '--mac-prefix', '52:54:00', '--tag', 'lab')
    const { id } = await operator.addJob('build', '--profile', 'tiny-linux', '--when-done', 'stay')
    await machine.powerOn()
    await operator.succeeded(id, JOB_MS)
    await operator.api.setClass('lab', {
      selector: { tags: ['lab'] },
      runs: [{ image: 'tiny-linux', version: 1 }],
      enforce: 'at-first-boot',
    })
    await operator.order('bundle', 'create', '--to', file)
    await appliance.stop()
  })

  it('the taker images a machine that it never saw, without a hand', async () => {
    onTestFailed(() => scene.rack.saveLogs())
    const { rack } = scene
    const { bootDir } = await prepare('tiny-linux', () => {})
    const directory = join(rack.directory, 'taker')
    const profilesDir = join(directory, 'profiles')
    mkdirSync(profilesDir, { recursive: true })
    // Profiles of the bundle go there, and the appliance is not root.
    chmodSync(profilesDir, 0o777)
    const { namespace } = rack
    // The first machine is still on: without one the wire has no carrier, and the taker would find no interface.
    const taker = new Operator(rack.adopt(await ApplianceProcess.start({ namespace, directory, profilesDir, bootDir })))
    await scene.machine.powerOff()
    const installed = (await taker.order('bundle', 'install', file, '--trust-new-key')) as InstalledBundle
    // Both appliances have the builds of the boot OS that the rack has.
    const builds = installed.entries.filter(({ kind }) => kind === 'boot-build')
    expect(new Set(builds.map(({ done }) => done))).toEqual(new Set(['equal']))
    const others = installed.entries.filter(({ kind }) => kind !== 'boot-build')
    expect(others.map(({ kind, done }) => `${kind} ${done}`)).toEqual([
      'image installed',
      'profile installed',
      'class installed',
      'rule installed',
      'node installed',
    ])
    const machine = await rack.addMachine(smallMachine({ label: 'n', number: '0612', firmware: 'uefi' }))
    await machine.powerOn()
    const node = await taker.nodeWith(machine.spec.mac, BOOT_MS)
    expect(node).toMatchObject({ state: 'approved', tags: ['lab'] })
    await machine.console.waitFor(FROM_DISK, JOB_MS)
    const [job] = await taker.api.jobs()
    expect(job).toMatchObject({ state: 'succeeded', request: { kind: 'deploy', image: 'tiny-linux' } })
    expect((await taker.nodeWith(machine.spec.mac, BOOT_MS)).installed).toMatchObject({ imageName: 'tiny-linux', version: 1 })
  })
})
