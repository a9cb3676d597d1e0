// A run in the boot OS: real scripts on this machine, and an appliance that keeps what they print and leave.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RunStep } from '../../../src/contract/run.ts'
import { digestOfBytes } from '../../../src/imaging/wipe-samples.ts'
import type { ImagingTools } from '../../../src/winpe-agent/imaging/imaging-tools.ts'
import type { Machine } from '../../../src/winpe-agent/machine.ts'
import { runPerformer } from '../../../src/winpe-agent/steps/run.ts'
import { linuxTarget } from '../../../src/winpe-agent/tools/linux-target.ts'
import { OutcomeClient } from '../../fakes/outcome-client.ts'
import { stepScene } from '../../fakes/step-scene.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platen-run-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function play(files: Readonly<Record<string, string>>, scripts: readonly string[], stop?: AbortController) {
  const scene = stepScene([], [], stop?.signal)
  const client = new OutcomeClient()
  const step: RunStep = {
    kind: 'run',
    timeoutSeconds: 60,
    files: Object.entries(files).map(([path, text]) => client.serve(path, text)),
    scripts: [...scripts],
    inRoot: false,
    variables: { colour: 'blue' },
  }
  const machine = { target: linuxTarget(folder), disks: {} } as unknown as Machine
  const end = await runPerformer(machine, {} as ImagingTools)(step, { ...scene.context, client }).then(
    () => 'done',
    (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
  )
  return { end, client, lines: scene.lines }
}

it('runs scripts in order, with the other files beside them, and keeps what they print and leave', async () => {
  const files = {
    'a.sh': 'echo "$PLATEN_VAR_COLOUR $(cat "$PLATEN_FILES/data/x")"; echo complains >&2',
    'b.sh': '#!/bin/sh\necho left > "$PLATEN_OUTPUT/result.txt"\nmkdir "$PLATEN_OUTPUT/folder"\n',
    'data/x': 'sky',
  }
  const { end, client, lines } = await play(files, ['a.sh', 'b.sh'])
  expect(end).toBe('done')
  expect(Object.fromEntries(client.kept)).toEqual({
    'a.sh.txt': expect.stringMatching(/^(blue sky\ncomplains\n|complains\nblue sky\n)$/),
    'b.sh.txt': '',
    'result.txt': 'left\n',
  })
  expect(lines).toContain('folder is left out: it is not a file')
  const [report] = client.shown
  if (report?.kind !== 'run') throw new Error('nothing was shown')
  expect(report.scripts.map(({ path, exitCode, outputDigest }) => [path, exitCode, outputDigest])).toEqual([
    ['a.sh', 0, digestOfBytes(Buffer.from(client.kept.get('a.sh.txt')!))],
    ['b.sh', 0, digestOfBytes(Buffer.from(''))],
  ])
})

it('stops at the first script that fails, with its exit code, and sends what there is', async () => {
  const { end, client } = await play({ 'a.sh': 'echo before\nexit 7', 'b.sh': 'echo never' }, ['a.sh', 'b.sh'])
  expect(end).toMatch(/^AGENT_SCRIPT_FAILED: a.sh failed: exit code 7/)
  expect([...client.kept.keys()]).toEqual(['a.sh.txt'])
  expect(client.shown).toMatchObject([{ kind: 'run', scripts: [{ path: 'a.sh', exitCode: 7 }] }])
})

it('keeps so much of what is printed and no more', async () => {
  const { end, client } = await play({ 'a.sh': `yes ${'0123456789'.repeat(100)} | head -n 10000` }, ['a.sh'])
  expect(end).toBe('done')
  const text = client.kept.get('a.sh.txt')!
  expect(text.length).toBeLessThan(8.1 * 1024 ** 2)
  expect(text).toMatch(/… and \d+ more lines\n$/)
})

it('ends with its job, and then sends nothing', async () => {
  const stop = new AbortController()
  const ended = play({ 'a.sh': 'echo here; sleep 60' }, ['a.sh'], stop)
  setTimeout(() => stop.abort(new Error('cancelled')), 1500)
  const { end, client } = await ended
  expect(end).toBe('undefined: cancelled')
  expect([...client.kept.keys(), ...client.shown]).toEqual([])
})
