// "What a machine says of itself is not who it is": liars who say of themselves what belongs to an approved node, in every field and in all.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Inventory } from '../../src/contract/inventory.ts'
import { inventoryOf, macOf } from '../fakes/inventories.ts'
import { addressOf, type WireMachine, WireSite } from '../fakes/wire-site.ts'

const TPM = 'ab'.repeat(32)
const VICTIM: Inventory = inventoryOf(1, { tpmKey: TPM, secureBoot: 'on' })
let site: WireSite
let victim: WireMachine

beforeEach(async () => {
  site = await WireSite.open()
  victim = await site.bootsUp(1)
  await victim.hello(VICTIM)
  await site.operator(`/nodes/${victim.nodeName}/approve`, {})
})
afterEach(() => site[Symbol.asyncDispose]())

/** Machine 2 boots with its own card and address, and says this. */
async function lie(change: Partial<Inventory>): Promise<WireMachine> {
  const liar = await site.bootsUp(2)
  await liar.hello({ ...inventoryOf(2), ...change })
  return liar
}

const own = inventoryOf(2)
const lies: readonly (readonly [string, Partial<Inventory>])[] = [
  ['the system UUID', { smbios: { ...own.smbios, systemUuid: VICTIM.smbios.systemUuid! } }],
  [
    'the serials',
    { smbios: { ...own.smbios, systemSerial: VICTIM.smbios.systemSerial!, boardSerial: VICTIM.smbios.boardSerial! } },
  ],
  ['the network card', { nics: [...own.nics, ...VICTIM.nics] }],
  ['the network card alone', { nics: VICTIM.nics }],
  ['the disks', { disks: VICTIM.disks }],
  ['the TPM key', { tpmKey: TPM }],
  ['the card that it booted from', { bootMac: macOf(1) }],
  ['all of it', VICTIM],
  ['all of it and its own card', { ...VICTIM, nics: [...own.nics, ...VICTIM.nics] }],
]

describe.each(lies)('a stranger that says %s of the victim', (_what, lie_) => {
  it('is a record of its own that nobody approved, whatever else it says later', async () => {
    const liar = await lie(lie_)
    expect(liar.nodeId).not.toBe(victim.nodeId)
    await liar.hello(VICTIM)
    expect(liar.nodeId).not.toBe(victim.nodeId)
    const nodes = await site.nodes()
    expect(nodes.map(({ name, state, bootMacs }) => ({ name, state, bootMacs }))).toEqual([
      { name: 'node-1', state: 'approved', bootMacs: [macOf(1)] },
      { name: 'node-2', state: 'discovered', bootMacs: [macOf(2)] },
    ])
    expect(nodes[0]!.inventory).toEqual(VICTIM)
  })

  it('gets no job of the victim, whose agent works on and whose boots go on', async () => {
    const job = await site.post({ kind: 'build', profile: 'tiny', node: victim.nodeName })
    const assignment = (await victim.claim())!
    const liar = await lie(lie_)
    expect(await liar.claim()).toBeUndefined()
    expect(await victim.beat(assignment)).toBe('continue')
    expect(await site.script(macOf(1), addressOf(1))).toContain('platen.token=')
    expect(await site.operator(`/jobs/${job.id}`)).toMatchObject({ state: 'running', nodeName: victim.nodeName })
  })
})

it('a stranger that says everything is told to a person, with what to do', async () => {
  const liar = await lie(VICTIM)
  const [, record] = await site.nodes()
  expect(record).toMatchObject({ name: liar.nodeName, doubt: { nodeIds: [victim.nodeId] } })
  const { findings } = await site.operator<{ findings: { subject: string; seen: string; advice: string }[] }>('/doctor')
  const finding = findings.find(({ subject }) => subject === liar.nodeName)
  expect(finding?.seen).toContain('NODE_IDENTITY_DOUBTFUL')
  expect(finding?.advice).toContain(`platen node merge ${liar.nodeName} ${victim.nodeName}`)
})

describe('somebody with the card of the victim', () => {
  /** Takes over its address on the wire as well: what no appliance can tell. */
  async function impostor(inventory: Inventory): Promise<WireMachine> {
    await site.post({ kind: 'build', profile: 'tiny', node: victim.nodeName })
    const machine = await site.bootsUp(1)
    await machine.hello(inventory)
    return machine
  }

  it('and nothing else of it is no part of its record', async () => {
    const machine = await impostor({ ...inventoryOf(3), nics: VICTIM.nics })
    expect(machine.nodeId).not.toBe(victim.nodeId)
    expect(await machine.claim()).toBeUndefined()
    expect((await victim.claim())?.kind).toBe('build')
    expect((await site.nodes()).find(({ id }) => id === machine.nodeId)?.doubt?.nodeIds).toEqual([victim.nodeId])
  })

  it('and all that it says does not stop the agent that is at work', async () => {
    await site.post({ kind: 'build', profile: 'tiny', node: victim.nodeName })
    const assignment = (await victim.claim())!
    const machine = await site.bootsUp(1)
    expect(await machine.hello(VICTIM)).toMatchObject({ status: 409, body: { code: 'NODE_AT_WORK' } })
    expect(await machine.claim()).toBeUndefined()
    expect(await victim.beat(assignment)).toBe('continue')
  })
})

it('an approved machine that lists the card of another one does not draw it into its record', async () => {
  await victim.hello({ ...VICTIM, nics: [...VICTIM.nics, ...own.nics], disks: own.disks, smbios: own.smbios })
  const other = await site.bootsUp(2)
  // Known by that card alone, it goes to its disk when there is nothing to do; with a job it boots, and is somebody else.
  expect(other.token).toBe('')
  await site.post({ kind: 'build', profile: 'tiny', node: victim.nodeName })
  const booted = await site.bootsUp(2)
  await booted.hello(own)
  expect(booted.nodeId).not.toBe(victim.nodeId)
  expect(await booted.claim()).toBeUndefined()
})

it('a machine with two cards that boots by the other one is still the same node', async () => {
  const both = [...VICTIM.nics, ...own.nics]
  await victim.hello({ ...VICTIM, nics: both })
  await site.post({ kind: 'build', profile: 'tiny', node: victim.nodeName })
  const booted = await site.bootsUp(2)
  await booted.hello({ ...VICTIM, nics: both })
  expect(booted.nodeId).toBe(victim.nodeId)
  expect(await booted.claim()).toBeDefined()
})

describe('a rule by serial', () => {
  const third = inventoryOf(3)
  const copy = { ...inventoryOf(4), smbios: third.smbios }
  const states = async () => (await site.nodes()).slice(1).map(({ state }) => state)

  it('approves the one that says it, and of a second one asks a person', async () => {
    await site.operator('/approval-rules', { serials: [third.smbios.systemSerial!] })
    await (await site.bootsUp(3)).hello(third)
    await (await site.bootsUp(4)).hello(copy)
    expect(await states()).toEqual(['approved', 'discovered'])
    expect((await site.nodes())[2]!.doubt).toBeDefined()
  })

  it.each([
    { name: 'serials', rule: { serials: [third.smbios.systemSerial!] } },
    { name: 'expected by serial', rule: { expected: [{ serial: third.smbios.systemSerial!, name: 'db-1' }] } },
    { name: 'expected by UUID', rule: { expected: [{ systemUuid: third.smbios.systemUuid!, name: 'db-1' }] } },
  ])('approves neither of two that say it already: $name', async ({ rule }) => {
    await (await site.bootsUp(3)).hello(third)
    await (await site.bootsUp(4)).hello(copy)
    await site.operator('/approval-rules', rule)
    expect(await states()).toEqual(['discovered', 'discovered'])
  })

  it('goes by the card that a machine boots from, not by those that it lists', async () => {
    await site.operator('/approval-rules', { expected: [{ mac: macOf(3), name: 'db-1' }] })
    await (await site.bootsUp(4)).hello({ ...inventoryOf(4), nics: [...inventoryOf(4).nics, ...third.nics] })
    expect(await states()).toEqual(['discovered'])
  })
})
