// A wipe from its plan to what it shows, on a file that stands for the disk and a drive that does what the test says; the appliance's own judge.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WipeMethod, WipeStep } from '../../../src/contract/wipe.ts'
import { patternAt } from '../../../src/imaging/wipe-samples.ts'
import { judgeWipe } from '../../../src/orchestrator/job/judge-wipe.ts'
import { wipePerformer } from '../../../src/winpe-agent/steps/wipe.ts'
import { chooseMethod, type WipeAbilities } from '../../../src/winpe-agent/steps/wipe-plan.ts'
import { OutcomeClient } from '../../fakes/outcome-client.ts'
import { diskAt, stepScene } from '../../fakes/step-scene.ts'

const SIZE = 9 * 1024 ** 2 + 512
const STEP: WipeStep = {
  kind: 'wipe',
  timeoutSeconds: 60,
  disk: { serial: 'platen-test' },
  eraseForeignData: true,
  samples: 20,
  seed: 'f'.repeat(64),
}

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platen-wipe-'))
  file = join(folder, 'disk')
  writeFileSync(file, Buffer.alloc(SIZE, 'old data'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Drive {
  readonly methods?: readonly WipeMethod[]
  readonly erase?: (method: string) => void
  readonly step?: Partial<WipeStep>
}

async function play({ methods = [], erase = () => {}, step = {} }: Drive) {
  const scene = stepScene([diskAt(file, SIZE)], [])
  const client = new OutcomeClient()
  const asked = { ...STEP, ...step }
  client.judge = (report) => {
    const judged = report.kind === 'wipe' ? judgeWipe(report.disks[0]!, asked) : { kind: 'unproven', reason: '' }
    return { isProven: judged.kind === 'proven', lines: 'reason' in judged ? [judged.reason] : [] }
  }
  const nothing = async () => undefined
  const perform = wipePerformer({
    disks: { findings: async () => ({ tableId: undefined, found: ['an ext filesystem'] }) },
    imaging: { dropCaches: nothing, announcePartitions: nothing, whoHolds: () => [] },
    wipe: { abilities: async () => ({ bus: 'virtual', methods, notes: [] }), erase: async (_path, method) => erase(method) },
  })
  const end = await perform(asked, { ...scene.context, client }).then(
    () => 'done',
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  )
  return { end, client, lines: scene.lines }
}

it('overwrites every byte with what the seed says, and shows it', async () => {
  const { end, lines } = await play({})
  expect(end).toBe('done')
  expect(readFileSync(file).equals(patternAt(STEP.seed, 0, SIZE))).toBe(true)
  const plan = lines.findIndex((line) => line.startsWith('plan for'))
  expect(lines.slice(plan, plan + 4).join()).toMatch(
    /it holds an ext filesystem,.*will be wiped by overwrite, and read back at 20 places/,
  )
  expect(lines.findIndex((line) => line.includes('begins'))).toBeGreaterThan(plan)
})

it('has a drive erase itself, and proves that nothing of the mark is left', async () => {
  const erased: string[] = []
  const erase = (method: string) => {
    erased.push(method)
    writeFileSync(file, Buffer.alloc(SIZE))
  }
  const { end, client } = await play({ methods: ['discard'], erase })
  expect([end, erased]).toEqual(['done', ['discard']])
  expect(client.shown[0]).toMatchObject({ kind: 'wipe', disks: [{ serial: 'platen-test', method: 'discard', sizeBytes: SIZE }] })
})

it.each([
  { name: 'does nothing', erase: () => {}, says: /holds what was written to it before/ },
  { name: 'forgets its end', erase: () => leaveLast(), says: /holds what was written to it before/ },
  { name: 'puts something else there', erase: () => writeFileSync(file, Buffer.alloc(SIZE, 'x')), says: /not written to it/ },
])('a drive that $name is not proven to be wiped', async ({ erase, says }) => {
  const { end } = await play({ methods: ['discard'], erase })
  expect(end).toMatch(/^AGENT_WIPE_UNPROVEN/)
  expect(end).toMatch(says)
})

function leaveLast(): void {
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.fill(0, 0, SIZE - 64 * 1024))
}

it('leaves a disk as it is without consent, and one that cannot be wiped as it was asked', async () => {
  const before = readFileSync(file)
  expect((await play({ step: { eraseForeignData: false } })).end).toMatch(/^AGENT_DISK_HAS_DATA/)
  expect((await play({ step: { method: 'nvme-format' } })).end).toMatch(/^AGENT_WIPE_IMPOSSIBLE.*it can do overwrite/)
  expect(readFileSync(file).equals(before)).toBe(true)
})

describe('the method', () => {
  const disk = diskAt('/dev/sda', 1)
  it.each<[WipeAbilities['bus'], WipeMethod[], WipeMethod]>([
    ['nvme', ['nvme-format', 'nvme-sanitize-block', 'discard'], 'nvme-sanitize-block'],
    ['nvme', ['nvme-format', 'nvme-sanitize-crypto'], 'nvme-sanitize-crypto'],
    ['nvme', ['nvme-format', 'nvme-format-crypto', 'discard'], 'nvme-format'],
    ['nvme', ['discard'], 'overwrite'],
    ['ata', ['ata-secure-erase', 'ata-secure-erase-enhanced'], 'ata-secure-erase-enhanced'],
    ['ata', ['discard'], 'overwrite'],
    ['virtual', ['discard'], 'discard'],
    ['virtual', [], 'overwrite'],
    ['other', ['discard'], 'overwrite'],
  ])('for %s that can %j is %s', (bus, methods, want) => {
    expect(chooseMethod(disk, { bus, methods, notes: [] }, undefined)).toBe(want)
  })
})
