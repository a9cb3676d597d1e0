// Replication under any order of cuts, restarts and changes ends equal: the site holds its closure as it is in the end, whole, and nothing that it was
// never offered.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RealTree } from '../../fakes/real-tree.ts'

/** One thing that happens, by its name. */
const act = fc.oneof(
  fc.record({
    do: fc.constant('publish' as const),
    image: fc.constantFrom('web', 'db'),
    seed: fc.integer({ min: 100, max: 130 }),
  }),
  fc.record({
    do: fc.constant('template' as const),
    of: fc.constantFrom('web', 'db'),
    text: fc.constantFrom('a', 'b', '{{ parameters.port }}'),
  }),
  fc.record({ do: fc.constant('functions' as const), names: fc.subarray(['web', 'db'], { minLength: 1 }) }),
  fc.record({ do: fc.constant('pin' as const), version: fc.option(fc.constant(1), { nil: undefined }) }),
  fc.record({ do: fc.constant('cut-after' as const), bytes: fc.integer({ min: 15_000, max: 120_000 }) }),
  fc.record({
    do: fc.constantFrom(
      'cut' as const,
      'line-down' as const,
      'line-up' as const,
      'site-restarts' as const,
      'central-restarts' as const,
    ),
  }),
)
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never

async function carryOut(tree: RealTree, one: Act): Promise<void> {
  const { line, appliance } = tree.site('paris')
  switch (one.do) {
    case 'publish':
      await tree.publish(one.image, [one.seed, one.seed + 1000])
      return
    case 'template':
      await tree.say(`/templates/${one.of}-conf`, { to: `/etc/${one.of}.conf`, text: one.text })
      return
    case 'functions':
      await tree.say('/site-definitions/paris', { architectures: ['x64'], functions: one.names.map((name) => ({ name })) })
      return
    case 'pin':
      await tree.say('/distributions/web-d', { images: [{ image: 'web', ...(one.version === undefined ? {} : { version: 1 }) }] })
      return
    case 'cut-after':
      line.cutAfter = one.bytes
      return
    case 'cut':
      return line.cut()
    case 'line-down':
      return line.down()
    case 'line-up':
      return line.up()
    case 'site-restarts':
      await appliance.down()
      return appliance.up()
    case 'central-restarts':
      await tree.central.down()
      return tree.central.up()
  }
}

it('ends equal, whatever happens in whatever order', async () => {
  const tries = Number(process.env.PLATEN_CUTS ?? 4)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(act, fc.integer({ min: 0, max: 120 })), { minLength: 3, maxLength: 9 }), async (acts) => {
      await using tree = await RealTree.open()
      await tree.defineTwo()
      await tree.join('paris', { functions: [{ name: 'web' }] })
      const offered = new Set<string>()
      const noteOffered = async () => {
        for (const { kind, name, version } of (await tree.closure('paris')).items)
          if (kind === 'image') offered.add(`${name} ${version}`)
      }
      await noteOffered()
      for (const [one, pauseMs] of acts) {
        await carryOut(tree, one)
        await noteOffered()
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
      const { line, appliance } = tree.site('paris')
      line.cutAfter = undefined
      line.up()
      await tree.settled('paris', 90)
      const { images } = appliance.rooms.library
      for (const { name, versions } of images.list())
        for (const { version } of versions) {
          expect(offered).toContain(`${name} ${version}`)
          expect((await images.verify(name, version)).damaged).toEqual([])
        }
    }),
    { numRuns: tries, endOnFailure: true },
  )
}, 600_000)
