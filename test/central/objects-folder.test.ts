import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ObjectBook } from '../../src/central/objects/object-book.ts'
import type { ObjectRecord, ObjectVersion } from '../../src/central/objects/object-record.ts'
import { ObjectWatch } from '../../src/central/objects/object-watch.ts'
import { parseObject } from '../../src/central/objects/parse-object.ts'
import { lowdbState } from '../../src/store/index.ts'
import { TestClock } from '../fakes/test-clock.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined } as never

let dir: string
let state: ReturnType<typeof lowdbState>
let book: ObjectBook
let watch: ObjectWatch
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'platen-objects-'))
  mkdirSync(join(dir, 'central'))
  await open()
})
afterEach(async () => {
  await state.close()
  rmSync(dir, { recursive: true })
})

async function open() {
  state = lowdbState(join(dir, 'state'), silent)
  const clock = new TestClock()
  book = new ObjectBook({
    store: await state.collection<ObjectRecord>('central-objects'),
    versions: await state.history<ObjectVersion>('central-versions'),
    clock,
  })
  watch = new ObjectWatch({ folder: join(dir, 'central'), book, clock, log: silent })
}

const drop = (name: string, text: string) => writeFileSync(join(dir, 'central', name), text)
const WEB = 'kind: function\nname: web\n'

describe('parseObject', () => {
  it.each([
    { name: 'no kind', text: 'name: web\n', line: 1, reason: 'the key "kind" is missing' },
    { name: 'a kind that is none', text: 'name: web\nkind: functoin\n', line: 2, reason: 'did you mean function?' },
    { name: 'an unknown key', text: 'kind: function\nname: web\nimage: debian\n', line: 3, reason: 'unknown key "image"' },
    {
      name: 'a default of another type',
      text: 'kind: function\nname: web\nparameters:\n  port: { type: integer, default: http }\n',
      line: 4,
      reason: '"http" is no integer',
    },
    {
      name: 'a template that is none',
      text: 'kind: template\nname: t\nto: /etc/t\ntext: |\n  {% if %}\n',
      line: 4,
      reason: 'line 1 of the template',
    },
    {
      name: 'a time zone that is none',
      text: 'kind: site\nname: paris\nwindow: 22:00-05:00 Europe/Pariss\n',
      line: 3,
      reason: 'there is no time zone Europe/Pariss',
    },
    {
      name: 'two images for one processor type',
      text: 'kind: distribution\nname: d\nimages:\n  - { image: a }\n  - { image: b }\n',
      line: 5,
      reason: 'a second image for processors of type any other',
    },
    {
      name: 'a profile of nothing',
      text: 'kind: distribution-profile\nname: p\n',
      line: 1,
      reason: 'neither entries nor a default',
    },
    { name: 'YAML that is none', text: 'kind: function\nname: [\n', line: 3, reason: 'Flow sequence' },
  ])('tells $name with its line', ({ text, line, reason }) => {
    const parsed = parseObject(text)
    expect(parsed).toEqual({ kind: 'bad', problems: [{ line, reason: expect.stringContaining(reason) }] })
  })
})

describe('the watched folder', () => {
  it('keeps what is good; a bad file costs itself alone, and its object stays as it was', async () => {
    drop('web.yaml', `${WEB}title: One\n`)
    drop('bad.yaml', 'kind: function\nname: Bad Name\n')
    drop('notes.txt', 'nothing')
    await watch.look(true)
    expect(book.list().map(({ id, version }) => [id, version])).toEqual([['function/web', 1]])
    expect(watch.problems()).toEqual([expect.objectContaining({ file: 'bad.yaml', line: 2 })])
    drop('web.yaml', `${WEB}titel: Two\n`)
    await watch.look(true)
    expect(book.find('function', 'web').object.title).toBe('One')
    expect(watch.problems().map(({ file }) => file)).toEqual(['bad.yaml', 'web.yaml'])
  })

  it('numbers each change and keeps every version', async () => {
    for (const text of ['a', 'b']) {
      drop('motd.yaml', `kind: file\nname: motd\nto: /etc/motd\ntext: ${text}\n`)
      await watch.look(true)
    }
    expect(book.find('file', 'motd').version).toBe(2)
    expect((await book.version('file', 'motd', 1)).text).toBe('a')
  })

  it('takes an object away with its file, brings it back with the next number, and knows all that after a restart', async () => {
    drop('web.yaml', WEB)
    await watch.look(true)
    unlinkSync(join(dir, 'central', 'web.yaml'))
    await state.close()
    await open()
    expect(book.list()).toHaveLength(1)
    await watch.look(true)
    expect(book.list()).toEqual([])
    drop('again.yaml', WEB)
    await watch.look(true)
    expect(book.find('function', 'web')).toMatchObject({ version: 2, file: 'again.yaml' })
  })

  it('forgets nothing when the folder is not there', async () => {
    drop('web.yaml', WEB)
    await watch.look(true)
    rmSync(join(dir, 'central'), { recursive: true })
    await watch.look(true)
    expect(book.list()).toHaveLength(1)
  })

  it('follows no links and reads no large files', async () => {
    writeFileSync(join(dir, 'elsewhere.yaml'), WEB)
    symlinkSync(join(dir, 'elsewhere.yaml'), join(dir, 'central', 'link.yaml'))
    drop('large.yaml', `${WEB}#${'x'.repeat(300_000)}`)
    await watch.look(true)
    expect(book.list()).toEqual([])
    expect(watch.problems().map(({ file, reason }) => [file, reason])).toEqual([
      ['large.yaml', expect.stringContaining('262144 are the most')],
      ['link.yaml', expect.stringContaining('links are not followed')],
    ])
  })

  it('tells the second file with the same object', async () => {
    drop('a.yaml', WEB)
    drop('b.yaml', `${WEB}title: Other\n`)
    await watch.look(true)
    expect(watch.problems()).toEqual([{ file: 'b.yaml', line: 1, reason: 'function web is in the file a.yaml already' }])
  })
})

describe('who changes an object', () => {
  const web = { kind: 'function' as const, name: 'web' }
  it.each([
    { before: 'set', after: 'set', taken: true },
    { before: 'set', after: 'file', taken: true },
    { before: 'file', after: 'set', taken: false },
    { before: 'central', after: 'set', taken: false },
    { before: 'central', after: 'file', taken: false },
    { before: 'set', after: 'central', taken: false },
    { before: 'file', after: 'central', taken: false },
    { before: 'central', after: 'central', taken: true },
  ] as const)('$before, then $after: $taken', async ({ before, after, taken }) => {
    const said = (source: 'set' | 'file' | 'central') => ({ source, ...(source === 'file' ? { file: 'web.yaml' } : {}) })
    await book.put(web, said(before))
    const put = book.put({ ...web, title: 'New' }, said(after))
    if (taken) expect((await put).version).toBe(2)
    else await expect(put).rejects.toMatchObject({ code: 'CENTRAL_OBJECT_FROM_ELSEWHERE' })
  })

  it('removes nothing that another object names', async () => {
    await book.put(web, { source: 'set' })
    await book.put({ kind: 'site', name: 'paris', functions: [{ name: 'web' }] }, { source: 'set' })
    await expect(book.remove('function', 'web')).rejects.toMatchObject({
      code: 'CENTRAL_OBJECT_IN_USE',
      message: 'function web stays: site paris names it',
    })
    await book.remove('site', 'paris')
    await book.remove('function', 'web')
    expect(book.list()).toEqual([])
  })
})
