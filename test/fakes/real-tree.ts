// A central and its sites as whole appliances on loopback, with definitions as people write them: what each site needs is derived, not said.
import type { SiteClosure } from '../../src/contract/central/closure.ts'
import type { FollowedItem } from '../../src/contract/central/follow.ts'
import type { CentralView, SiteCode, SiteDetail } from '../../src/contract/central/follow-api.ts'
import { until } from './follow-appliance.ts'
import { HeldLine } from './held-line.ts'
import { LoopbackAppliance } from './loopback-appliance.ts'
import { smallBuild } from './small-build.ts'
import { publishImage } from './small-image.ts'

/** Of a closure or of an offer. */
type Thing = Pick<FollowedItem, 'kind' | 'name' | 'version' | 'digest'>

export class RealTree implements AsyncDisposable {
  readonly central: LoopbackAppliance
  readonly sites = new Map<string, { readonly appliance: LoopbackAppliance; readonly line: HeldLine }>()

  private constructor(central: LoopbackAppliance) {
    this.central = central
  }

  static async open(): Promise<RealTree> {
    return new RealTree(await LoopbackAppliance.start())
  }

  /** Two functions, each with an image, a template and a place in the map; a build of the boot OS. */
  async defineTwo(): Promise<void> {
    for (const [name, seed] of [
      ['web', 10],
      ['db', 20],
    ] as const) {
      await this.publish(name, [seed, seed + 1])
      await this.say(`/templates/${name}-conf`, { to: `/etc/${name}.conf`, text: '{{ values.ntp }} {{ parameters.port }}\n' })
      const parameters = { port: { type: 'integer', default: seed } }
      await this.say(`/functions/${name}`, { templates: [`${name}-conf`], parameters })
      await this.say(`/distributions/${name}-d`, { images: [{ image: name }] })
    }
    const entries = ['web', 'db'].map((name) => ({ function: name, distribution: `${name}-d` }))
    await this.say('/distribution-profiles/map', { entries })
    const { record, open } = smallBuild('x64')
    await this.central.rooms.library.bootBuilds.add(record, open)
  }

  say(path: string, body: object): Promise<unknown> {
    return this.central.operator('PUT', path, body)
  }

  publish(imageName: string, seeds: readonly number[]) {
    return publishImage(this.central.rooms.library.images, imageName, seeds)
  }

  /** A fresh appliance that joins by a line in the hands of the test. */
  async join(name: string, definition: object): Promise<void> {
    await this.say(`/site-definitions/${name}`, { architectures: ['x64'], ...definition })
    const { code } = await this.central.operator<SiteCode>('POST', `/sites/${name}/code`, {})
    const line = await HeldLine.to(() => Number(new URL(this.central.url).port))
    const appliance = await LoopbackAppliance.start()
    this.sites.set(name, { appliance, line })
    await appliance.operator('POST', '/central/join', { url: line.url, code })
  }

  site(name: string) {
    return this.sites.get(name)!
  }

  seenByCentral(name: string): Promise<SiteDetail> {
    return this.central.operator('GET', `/sites/${name}`)
  }

  seenBySite(name: string): Promise<CentralView> {
    return this.site(name).appliance.operator('GET', '/central')
  }

  closure(name: string): Promise<SiteClosure> {
    return this.central.operator('GET', `/site-definitions/${name}/closure`)
  }

  /** Until a site holds its closure as it is now. */
  async settled(name: string, seconds = 60): Promise<void> {
    await until(`${name} has its closure`, async () => (await this.differences(name)).length === 0, seconds)
  }

  /** What of its closure is not at the site as it is at central, and what central offered it that it does not need. */
  async differences(name: string): Promise<readonly string[]> {
    const { appliance } = this.site(name)
    const { images, bootBuilds } = appliance.rooms.library
    const detail = await this.seenByCentral(name)
    const closure = await this.closure(name)
    const isSame = (one: Thing, other: Thing) => one.kind === other.kind && one.name === other.name && one.digest === other.digest
    const extra = detail.items.filter((item) => !closure.items.some((each) => isSame(each, item)))
    const lacking = closure.items.filter((item) => {
      const { kind, name: itemName, version, digest } = item
      if (!detail.items.some((each) => isSame(each, item))) return true
      if (kind === 'image')
        return !images
          .list()
          .some(
            (image) =>
              image.name === itemName &&
              image.versions.some((each) => String(each.version) === version && each.manifestDigest === digest),
          )
      if (kind === 'boot-build') return !bootBuilds.list().some((each) => each.digest === digest)
      return false
    })
    const unheld =
      detail.heldCount === detail.itemCount && detail.isComplete ? [] : [`${detail.heldCount} of ${detail.itemCount} are held`]
    const words = (what: string) => (item: Thing) => `${what}: ${item.kind} ${item.name} ${item.version ?? ''}`
    return [...extra.map(words('extra')), ...lacking.map(words('lacks')), ...unheld]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { appliance, line } of this.sites.values()) {
      await line[Symbol.asyncDispose]()
      await appliance[Symbol.asyncDispose]()
    }
    await this.central[Symbol.asyncDispose]()
  }
}
