// Root starts the appliance, and it is somebody else. Who, from what the machine says; and, as root, what such a process still may.
import { spawnSync } from 'node:child_process'
import { lchownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Accounts, assertReachable, handOver, ownUser, rootFindings, wordsToBecome } from '../../src/appliance/own-user.ts'
import { ROOT as AS_ROOT, needs } from '../needs.ts'

const PLATEN = { uid: 990, gid: 991, name: 'platen' }
const KIM = { uid: 1000, gid: 1000, name: 'kim' }
const ROOT = { uid: 0, gid: 0, name: 'root' }
/** An account of nobody on any machine. */
const NUMBER = { uid: 61_999, gid: 61_999 }

const machine = (accounts: readonly (typeof KIM)[], owner?: { uid: number; gid: number }): Accounts => ({
  find: (word) => accounts.find(({ uid, name }) => word === name || word === String(uid)),
  ownerOf: () => owner,
})

describe('who it becomes', () => {
  it.each([
    { name: 'the account that was said', wanted: 'kim', accounts: [ROOT, PLATEN, KIM], owner: PLATEN, want: KIM },
    { name: 'the owner of the data folder', wanted: undefined, accounts: [ROOT, PLATEN, KIM], owner: KIM, want: KIM },
    { name: 'an owner that is a number only', wanted: undefined, accounts: [ROOT, PLATEN], owner: NUMBER, want: NUMBER },
    { name: 'platen, where the folder is root’s', wanted: undefined, accounts: [ROOT, PLATEN], owner: ROOT, want: PLATEN },
    { name: 'platen, where there is no folder', wanted: undefined, accounts: [ROOT, PLATEN], owner: undefined, want: PLATEN },
    { name: 'nobody else, when root was said', wanted: 'root', accounts: [ROOT, PLATEN], owner: KIM, want: undefined },
    { name: 'nobody else, when root was said by its number', wanted: '0', accounts: [ROOT], owner: KIM, want: undefined },
  ])('$name', ({ wanted, accounts, owner, want }) => {
    expect(ownUser(wanted, '/data', machine(accounts, owner))).toEqual(want)
  })

  it.each([
    { name: 'an account that is not there', wanted: 'kim', accounts: [ROOT] },
    { name: 'no account and a folder of root', wanted: undefined, accounts: [ROOT, KIM] },
  ])('is refused: $name', ({ wanted, accounts }) => {
    expect(() => ownUser(wanted, '/data', machine(accounts, ROOT))).toThrowError(
      expect.objectContaining({ code: 'APPLIANCE_IS_ROOT' }),
    )
  })

  it('tells the doctor of root, and of nobody else', () => {
    expect(rootFindings(0)).toHaveLength(1)
    expect(rootFindings(990)).toEqual([])
  })
})

describe('as root', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'platen-own-user-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  const owners = (...paths: string[]) => paths.map((path) => statSync(join(dir, path), { throwIfNoEntry: false })?.uid)

  it('hands the data folder over, and no file that a link in it leads to', needs(AS_ROOT), () => {
    writeFileSync(join(dir, 'elsewhere'), '')
    mkdirSync(join(dir, 'data', 'secrets'), { recursive: true })
    writeFileSync(join(dir, 'data', 'secrets', 'key'), '')
    symlinkSync('../elsewhere', join(dir, 'data', 'link'))
    handOver(join(dir, 'data'), NUMBER)
    expect(owners('data', 'data/secrets', 'data/secrets/key', 'elsewhere')).toEqual([NUMBER.uid, NUMBER.uid, NUMBER.uid, 0])
  })

  it('touches nothing in a folder that is somebody’s already: a file of root in it stays root’s', needs(AS_ROOT), () => {
    mkdirSync(join(dir, 'data'))
    lchownSync(join(dir, 'data'), NUMBER.uid, NUMBER.gid)
    writeFileSync(join(dir, 'data', 'planted'), '')
    handOver(join(dir, 'data'), NUMBER)
    expect(owners('data/planted')).toEqual([0])
  })

  it('names the folder that the user cannot enter', needs(AS_ROOT), () => {
    expect(() => assertReachable(NUMBER, [dir])).toThrowError(
      expect.objectContaining({ code: 'APPLIANCE_IS_ROOT', message: expect.stringContaining(dir) }),
    )
  })

  it('keeps one capability, for itself and for what it starts, and can gain none', needs(AS_ROOT), () => {
    const [command = '', ...words] = [...wordsToBecome(NUMBER), '/bin/cat', '/proc/self/status']
    const status = spawnSync(command, words, { encoding: 'utf8' }).stdout
    const line = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1]?.trim()
    const netBindService = (1 << 10).toString(16).padStart(16, '0')
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(line(set), set).toBe(netBindService)
    expect(line('Uid')).toBe(Array(4).fill(NUMBER.uid).join('\t'))
    expect(line('Gid')).toBe(Array(4).fill(NUMBER.gid).join('\t'))
    expect(line('Groups')).toBe('')
    expect(line('NoNewPrivs')).toBe('1')
  })
})
