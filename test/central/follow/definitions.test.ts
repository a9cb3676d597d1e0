// A central and its sites with definitions as people write them: what each site needs is derived, and travels whole. One function is at one site only.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FunctionExplanation, RenderedFor } from '../../../src/contract/central/explain.ts'
import type { ObjectList } from '../../../src/contract/central/objects.ts'
import type { ImageView } from '../../../src/contract/image.ts'
import { until } from '../../fakes/follow-appliance.ts'
import type { HeldLine } from '../../fakes/held-line.ts'
import type { LoopbackAppliance } from '../../fakes/loopback-appliance.ts'
import { RealTree } from '../../fakes/real-tree.ts'

let tree: RealTree
beforeEach(async () => {
  tree = await RealTree.open()
  await tree.defineTwo()
  await tree.join('paris', { functions: [{ name: 'web', parameters: { port: 8080 } }], values: { ntp: 'ntp.fr' } })
  await tree.join('lyon', { functions: [{ name: 'db' }], values: { ntp: 'ntp.ly' } })
  await tree.settled('paris')
  await tree.settled('lyon')
}, 120_000)
afterEach(() => tree[Symbol.asyncDispose]())

const versions = ({ rooms }: LoopbackAppliance) =>
  rooms.library.images.list().flatMap((image) => image.versions.map(({ version }) => `${image.name} ${version}`))
const names = async (site: LoopbackAppliance, path: string) =>
  (await site.operator<ObjectList>('GET', path)).objects.map(({ name }) => name)
const total = ({ downBytes, upBytes }: HeldLine) => downBytes + upBytes

/** Nothing was said on it for a while. */
async function quiet(line: HeldLine): Promise<number> {
  let before = -1
  await until(
    'the line is quiet',
    async () => {
      if (total(line) === before) return true
      before = total(line)
      await new Promise((resolve) => setTimeout(resolve, 2500))
      return total(line) === before
    },
    60,
  )
  return before
}

describe('a function that one site has', () => {
  it('is there with all that it needs, works there, and nothing of it is anywhere else', async () => {
    const [paris, lyon] = [tree.site('paris').appliance, tree.site('lyon').appliance]
    expect([versions(paris), versions(lyon)]).toEqual([['web 1'], ['db 1']])
    expect([await names(paris, '/functions'), await names(lyon, '/functions')]).toEqual([['web'], ['db']])
    expect([await names(paris, '/templates'), await names(lyon, '/templates')]).toEqual([['web-conf'], ['db-conf']])
    for (const { rooms } of [paris, lyon]) expect(rooms.library.bootBuilds.inUse('x64')?.number).toBe(1)

    // The site itself derives the same, from what came: its own functions, parameters and values.
    const { places, parameters } = await paris.operator<FunctionExplanation>('GET', '/functions/web/explain')
    expect([places[0]?.image, parameters]).toEqual([{ name: 'web', version: 1 }, { port: 8080 }])
    const rendered = await paris.operator<RenderedFor>('GET', '/templates/web-conf/render')
    expect(rendered).toMatchObject({ text: 'ntp.fr 8080\n', site: 'paris', version: 1 })
    await expect(
      lyon.operator('PUT', '/classes/x', { selector: { tags: ['x'] }, function: { name: 'web' } }),
    ).rejects.toThrowError(/there is no function web/)
    // What is offered is the closure, to the item.
    expect(await tree.differences('paris')).toEqual([])
  })

  it('tags move with those of central', async () => {
    const { appliance } = tree.site('paris')
    const tagged = (tag: string) => appliance.rooms.library.images.find('web', 1).tags.includes(tag)
    await tree.central.operator('PUT', '/images/web/versions/1/tags/stable')
    await tree.say('/distributions/web-d', { title: 'Tagged', images: [{ image: 'web', tag: 'stable' }] })
    await until('the tag is there', () => tagged('stable'))
  })

  it('an update that concerns one site sends the other not one byte', async () => {
    const { line } = tree.site('lyon')
    const before = await quiet(line)
    await tree.publish('web', [10, 12])
    await tree.settled('paris')
    expect(versions(tree.site('paris').appliance)).toEqual(['web 1', 'web 2'])
    await tree.say('/templates/web-conf', { to: '/etc/web.conf', text: '{{ values.ntp }}\n' })
    await tree.settled('paris')
    await tree.say('/functions/other', {})
    await tree.settled('paris')
    expect(total(line) - before).toBe(0)
    expect((await tree.site('paris').appliance.operator<RenderedFor>('GET', '/templates/web-conf/render')).text).toBe('ntp.fr\n')
  })
})

it('central ends in mid-transfer and comes back: the site goes on, and fetches no chunk twice but what was under way', async () => {
  const { line, appliance } = tree.site('paris')
  await tree.say('/site-definitions/paris', { functions: [{ name: 'web' }], architectures: ['x64'], maxBytesPerSecond: 150_000 })
  await tree.settled('paris')
  const before = line.downBytes
  await tree.publish('web', [50, 51, 52, 53, 54, 55, 56, 57])
  await until('something came', () => line.downBytes > before + 120_000)
  line.cut()
  await tree.central.down()
  expect(versions(appliance)).toEqual(['web 1'])
  await tree.central.up()
  await tree.settled('paris')
  expect((await appliance.rooms.library.images.verify('web', 2)).damaged).toEqual([])
  // Eight chunks of forty thousand bytes, and at most those of two requests once more.
  expect(line.downBytes - before).toBeLessThan(700_000)
}, 120_000)

it('a site that was cut off for long works on, tells later in order, once, and ends equal', async () => {
  const { line, appliance } = tree.site('paris')
  line.down()
  // At central five versions, a template that goes and comes, another function; at the site work of its own.
  for (const seed of [60, 61, 62, 63, 64]) await tree.publish('web', [10, seed])
  await tree.say('/templates/web-conf', { to: '/etc/web.conf', text: 'other\n' })
  await tree.say('/site-definitions/paris', {
    functions: [{ name: 'web' }, { name: 'db' }],
    values: { ntp: 'x' },
    architectures: ['x64'],
  })
  await appliance.operator('PUT', '/classes/kiosk', { selector: { tags: ['kiosk'] }, function: { name: 'web' } })
  for (const [index, version] of ['1', '2', '3'].entries()) {
    appliance.rooms.events.emit({ type: 'package.added', name: `own-${index}`, version })
  }
  await appliance.down()
  await appliance.up()
  expect((await appliance.operator<{ places: { image?: object }[] }>('GET', '/functions/web/explain')).places[0]?.image).toEqual({
    name: 'web',
    version: 1,
  })
  line.up()
  await tree.settled('paris')
  // Those in between were wanted by nobody any more.
  expect(versions(appliance)).toEqual(['db 1', 'web 1', 'web 6'])
  const told = async () =>
    (await tree.seenByCentral('paris')).journal.filter(({ what }) => what === 'package.added').map(({ about }) => about)
  await until('all is told', async () => (await told()).length === 3)
  expect(await told()).toEqual(['own-2 3', 'own-1 2', 'own-0 1'])
  const { images } = await appliance.operator<{ images: ImageView[] }>('GET', '/images')
  expect(images.every(({ versions: all }) => all.every(({ origin }) => origin === 'central'))).toBe(true)
}, 180_000)

it('retention at the site keeps what its function names, and what goes stays away', async () => {
  const { appliance } = tree.site('paris')
  const pinned = { images: [{ image: 'web', version: 1 }] }
  await tree.publish('web', [10, 70])
  await tree.settled('paris')
  await tree.publish('web', [10, 71])
  await tree.settled('paris')
  await tree.say('/distributions/web-d', pinned)
  await tree.settled('paris')
  expect(versions(appliance)).toEqual(['web 1', 'web 2', 'web 3'])
  await appliance.operator('POST', '/images/web/prune', { keepLast: 1, dryRun: false })
  expect(versions(appliance)).toEqual(['web 1', 'web 3'])
  await expect(appliance.operator('DELETE', '/images/web/versions/1')).rejects.toThrowError(/distribution web-d needs it/)
  // Central wants the one that the site removed: it does not come back by itself, and holds up nothing.
  await tree.say('/distributions/web-d', { images: [{ image: 'web', version: 2 }] })
  await until('paris has what is offered', async () => {
    const { isComplete, items } = await tree.seenByCentral('paris')
    return isComplete && items.some(({ kind, version }) => kind === 'image' && version === '2')
  })
  expect(versions(appliance)).toEqual(['web 1', 'web 3'])
  await expect(appliance.operator('DELETE', '/boot-builds/x64/1')).rejects.toThrowError(/central offers it/)
}, 120_000)
