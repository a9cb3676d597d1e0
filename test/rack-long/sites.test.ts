// A central and two blank sites, each with a wire of its own and a bare machine on it; one function, which one site has. Its machine runs the image that
// was built at central, from the boot OS that came from there; the other site's machine starts that boot OS as well, and nothing else came there.
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import type { SiteCode } from '../../src/contract/central/follow-api.ts'
import { ApplianceProcess } from '../rack/appliance-process.ts'
import { Operator } from '../rack/operator.ts'
import { run } from '../rack/owned-process.ts'
import { prepare } from '../rack/prepare.ts'
import { Rack } from '../rack/rack.ts'
import { smallMachine } from '../rack/small-machine.ts'

const BOOT_MS = 600_000
const JOB_MS = 1_200_000
const FOLLOW_MS = 300_000

interface Place {
  readonly rack: Rack
  readonly operator: Operator
}

describe('a central and two sites', () => {
  const places: Place[] = []
  let central: Place
  let paris: Place
  let lyon: Place

  beforeAll(async () => {
    const { accelerator, bootDir, profileDir } = await prepare('tiny-linux', () => {})
    const place = async (name: string, ownBootDir?: string): Promise<Place> => {
      const rack = await Rack.create({ accelerator })
      const profilesDir = join(rack.directory, 'profiles')
      mkdirSync(profilesDir)
      if (name === 'central') cpSync(profileDir, join(profilesDir, 'tiny-linux'), { recursive: true })
      const { namespace, directory } = rack
      // A site has no boot OS at all before it joins.
      const options = { namespace, directory, profilesDir, bootDir: ownBootDir ?? join(directory, 'data', 'boot') }
      const made = { rack, operator: new Operator(rack.adopt(await ApplianceProcess.start(options))) }
      // Taken down also when the next one does not come up.
      places.push(made)
      await made.operator.order('rule', 'add', '--mac-prefix', '52:54:00')
      return made
    }
    central = await place('central', bootDir)
    paris = await place('paris')
    lyon = await place('lyon')
    for (const [index, { rack }] of [paris, lyon].entries()) await lineBetween(central.rack.namespace, rack.namespace, index + 1)
  })

  afterAll(async () => {
    for (const { rack } of places.reverse()) await rack.close()
  })

  it('boot and image machines by what came from central', async () => {
    onTestFailed(() => {
      for (const [index, { rack }] of places.entries())
        rack.saveLogs(join(import.meta.dirname, '../../.cache/rack/last-failure', ['central', 'paris', 'lyon'][index]!))
    })
    const posted = await central.operator.addJob('build', '--profile', 'tiny-linux')
    const builder = await central.rack.addMachine(smallMachine({ label: 'c', number: '0081', firmware: 'bios' }))
    await builder.powerOn()
    await central.operator.succeeded(posted.id, JOB_MS)
    await builder.powerOff()

    await central.operator.order('distribution', 'set', 'tiny', '--image', 'tiny-linux')
    await central.operator.order('function', 'set', 'kiosk', '--distribution', 'tiny')
    await central.operator.order('site', 'set', 'paris', '--architecture', 'x64', '--function', 'kiosk')
    await central.operator.order('site', 'set', 'lyon', '--architecture', 'x64')
    for (const [index, [name, { operator }]] of Object.entries({ paris, lyon }).entries()) {
      const { code } = (await central.operator.order('site', 'code', name)) as SiteCode
      await operator.order('join', `http://10.88.${index + 1}.1:8080`, '--code', code)
    }
    const builds = async ({ operator }: Place) => (await operator.api.bootBuilds()).map(({ digest }) => digest)
    const inUse = (await central.operator.api.bootBuilds()).find(
      ({ architecture, isInUse }) => architecture === 'x64' && isInUse,
    )!
    await reached('both have the boot OS of central', async () =>
      (await Promise.all([paris, lyon].map(builds))).every((digests) => digests.includes(inUse.digest)),
    )
    const versions = async ({ operator }: Place) =>
      (await operator.api.images()).flatMap((image) => image.versions.map(({ version }) => `${image.name} ${version}`))
    await reached('paris has the image', async () => (await versions(paris)).length === 1)
    expect([await versions(paris), await versions(lyon)]).toEqual([['tiny-linux 1'], []])

    await paris.operator.order('class', 'set', 'kiosks', '--firmware', 'bios', '--function', 'kiosk', '--enforce', 'at-boot')
    const kiosk = await paris.rack.addMachine(smallMachine({ label: 'p', number: '0082', firmware: 'bios' }))
    const other = await lyon.rack.addMachine(smallMachine({ label: 'l', number: '0083', firmware: 'bios' }))
    await Promise.all([kiosk.powerOn(), other.powerOn()])
    // What its class says makes the job: nobody posts one.
    await kiosk.console.waitFor(/tiny-linux version 1 on \S+, machine RACK-P, started by BIOS/, JOB_MS)
    const known = await lyon.operator.nodeWith(other.spec.mac, BOOT_MS)
    expect(known.installed).toBeUndefined()
    expect(await lyon.operator.api.jobs()).toEqual([])
    expect((await paris.operator.nodeWith(kiosk.spec.mac, 10_000)).installed).toMatchObject({
      imageName: 'tiny-linux',
      version: 1,
    })
  })
})

/** Between two racks: 10.88.NUMBER.1 is central's end. */
async function lineBetween(central: string, site: string, number: number): Promise<void> {
  const [up, down] = [`up${number}`, 'uplink']
  await run('ip', ['-n', central, 'link', 'add', up, 'type', 'veth', 'peer', 'name', down, 'netns', site])
  for (const [namespace, link, address] of [
    [central, up, `10.88.${number}.1/24`],
    [site, down, `10.88.${number}.2/24`],
  ] as const) {
    await run('ip', ['-n', namespace, 'address', 'add', address, 'dev', link])
    await run('ip', ['-n', namespace, 'link', 'set', link, 'up'])
  }
}

async function reached(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + FOLLOW_MS; Date.now() < end; ) {
    if (await isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  throw new Error(`not within ${FOLLOW_MS / 1000} s: ${what}`)
}
