// Pages of a list: filter, sort, cut, fields, and what changes between two pages.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pageOf } from '../../../src/appliance/http/list-page.ts'
import { LISTS, type ListQuery, type ListRow } from '../../../src/contract/lists.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

const ROW: ListRow = { items: 'nodes', key: 'id', by: ['name', 'state', 'tags', 'seen', 'installed.imageName'] }
const NODES = [
  { id: 'c', name: 'n10', state: 'approved', tags: ['web', 'rack 1'], seen: 3, installed: { imageName: 'debian', version: 2 } },
  { id: 'a', name: 'n2', state: 'held', tags: [], seen: 1 },
  { id: 'b', name: 'n1', state: 'approved', tags: ['db'], seen: 2, installed: { imageName: 'debian', version: 1 } },
]
const idsOf = (query: ListQuery, nodes = NODES) => pageOf(nodes, query, ROW).items.map(({ id }) => id)

describe('what a request says of a list', () => {
  it.each<[string, ListQuery, string[]]>([
    ['nothing: its own order', {}, ['c', 'a', 'b']],
    ['by name, numbers by their size', { sort: 'name' }, ['b', 'a', 'c']],
    ['by name, turned round', { sort: '-name' }, ['c', 'a', 'b']],
    ['by state, then by what was seen last', { sort: 'state,-seen' }, ['c', 'b', 'a']],
    ['by the key', { sort: 'id' }, ['a', 'b', 'c']],
    ['what is not there comes first', { sort: 'installed.imageName' }, ['a', 'b', 'c']],
    ['one value', { filter: 'state=held' }, ['a']],
    ['one of two values', { filter: 'name=n1|n2' }, ['a', 'b']],
    ['a beginning', { filter: 'name=n1*' }, ['c', 'b']],
    ['not', { filter: 'state!=held' }, ['c', 'b']],
    ['one of a list of texts, with a blank', { filter: 'tags=rack 1' }, ['c']],
    ['nothing in a list of texts', { filter: 'tags=' }, ['a']],
    ['deep, and two parts', { filter: 'installed.imageName=debian; name=n1' }, ['b']],
    ['what is not there', { filter: 'installed.imageName=' }, ['a']],
    ['the first two', { limit: 2 }, ['c', 'a']],
  ])('%s', (_name, query, ids) => expect(idsOf(query)).toEqual(ids))

  it.each<[string, ListQuery]>([
    ['sorted by what it is not sorted by', { sort: 'notes' }],
    ['filtered by what it is not filtered by', { filter: 'notes=x' }],
    ['a filter that is none', { filter: 'approved' }],
    ['sorted by a prototype', { sort: '__proto__.x,constructor' }],
    ['a mark that is none', { after: 'x' }],
    ['a mark of other words', { after: pageOf(NODES, { limit: 1, sort: 'name' }, ROW).next!, sort: '-name' }],
  ])('refuses %s', (_name, query) => expect(() => pageOf(NODES, query, ROW)).toThrow(/not sorted|not filtered|not from a page/))

  it('gives only the fields that were asked for, and nothing of a prototype', () => {
    const { items } = pageOf(NODES, { fields: 'id,installed.version,constructor,__proto__.x,nothing', limit: 2 }, ROW)
    expect(items).toEqual([{ id: 'c', installed: { version: 2 } }, { id: 'a' }])
  })
})

const node = fc.record({
  id: fc.uuid(),
  name: fc.stringMatching(/^n[0-9]{1,2}$/),
  state: fc.constantFrom('approved', 'held'),
  seen: fc.integer({ min: 0, max: 5 }),
})
const list = fc.uniqueArray(node, { maxLength: 40, selector: ({ id }) => id })
const sort = fc.constantFrom(undefined, 'name', '-seen,name', 'state,-name')

function walk(
  all: readonly { id: string }[],
  query: ListQuery,
  between: (list: readonly { id: string }[]) => readonly { id: string }[] = (list) => list,
): string[] {
  const ids: string[] = []
  for (let now = all, after: string | undefined; ; now = between(now)) {
    const { items, next } = pageOf(now, { ...query, ...(after === undefined ? {} : { after }) }, ROW)
    ids.push(...items.map(({ id }) => String(id)))
    if (next === undefined) return ids
    after = next
  }
}

describe('pages', () => {
  it('put together are the list', () => {
    fc.assert(
      fc.property(list, sort, fc.integer({ min: 1, max: 7 }), (all, by, limit) => {
        const query = by === undefined ? {} : { sort: by }
        expect(walk(all, { ...query, limit })).toEqual(pageOf(all, query, ROW).items.map(({ id }) => id))
      }),
    )
  })

  it('of a sorted list have each item that stays exactly once, whatever goes and comes between two of them', () => {
    fc.assert(
      fc.property(list, list, fc.integer({ min: 1, max: 5 }), fc.infiniteStream(fc.nat()), (all, more, limit, dice) => {
        const coming = [...more]
        const going = new Set<string>()
        const change = (now: readonly { id: string }[]) => {
          const goes = now[dice.next().value % Math.max(1, now.length)]
          if (goes !== undefined) going.add(goes.id)
          const comes = coming.pop()
          return [...now.filter(({ id }) => id !== goes?.id), ...(comes === undefined ? [] : [comes])]
        }
        const seen = walk(all, { sort: '-seen,name', limit }, change)
        expect(new Set(seen).size).toBe(seen.length)
        const stayed = all.filter(({ id }) => !going.has(id)).map(({ id }) => id)
        expect(seen).toEqual(expect.arrayContaining(stayed))
      }),
    )
  })
})

it('no list is filtered by a word that the grammar cannot say', () => {
  for (const { by } of Object.values(LISTS)) for (const path of by) expect(path).toMatch(/^[\w.]+$/)
})

it('comes over HTTP as it was asked for, beside the words that a list has of its own', async () => {
  await using scene = await OrchestratorScene.open()
  for (const title of ['a', 'b', 'c']) await scene.post({ kind: 'build', profile: 'tiny', title })
  type Page = { jobs: { request?: { title: string }; id?: string }[]; total?: number; next?: string }
  const ask = async (query: string) => (await scene.operator<Page>('GET', `/jobs?ended=10&sort=-request.title&${query}`)).body
  const first = await ask('limit=2&fields=request.title')
  expect(first).toMatchObject({ total: 3, jobs: [{ request: { title: 'c' } }, { request: { title: 'b' } }] })
  const second = await ask(`limit=2&fields=request.title&after=${first.next}`)
  expect(second).toEqual({ total: 3, jobs: [{ request: { title: 'a' } }] })
  expect((await ask('filter=request.title=b')).jobs).toHaveLength(1)
  expect((await scene.operator('GET', '/jobs?limit=0')).status).toBe(400)
  expect((await scene.operator('GET', '/jobs?sort=colour')).status).toBe(400)
})
