import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ScriptAction } from '../../../src/contract/steps.ts'
import type { Machine, ScriptRun } from '../../../src/winpe-agent/machine.ts'
import { runScript } from '../../../src/winpe-agent/steps/run-script.ts'
import { stepScene } from '../../fakes/step-scene.ts'

const TEXT = '#!/bin/sh\necho hello\n'
let folder: string
let stop: AbortController

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platen-script-'))
  stop = new AbortController()
})
afterEach(() => rmSync(folder, { recursive: true }))

function play(own: Omit<ScriptAction, 'script'>, run: (script: ScriptRun) => Promise<void>): Promise<void> {
  const { client, context } = stepScene([], [], stop.signal)
  const target = { directory: '/target', filesDirectory: folder, runScript: run }
  const scene = { machine: { target } as unknown as Machine, context, environment: { PLATEN_JOB: 'j-1' } }
  return runScript({ script: client.add('make.sh', TEXT), ...own }, scene)
}

/** Ends when it is told to, as a process does. */
const hangs = ({ signal }: ScriptRun) =>
  new Promise<void>((_, fail) => signal.addEventListener('abort', () => fail(new Error('ended by a signal'))))

it.each([
  { where: 'in the boot OS', chroot: false, root: undefined },
  { where: 'inside the image', chroot: true, root: '/target' },
])('runs $where', async ({ chroot, root }) => {
  let seen: ScriptRun | undefined
  await play({ chroot }, async (script) => {
    seen = script
    expect(readFileSync(script.path, 'utf8')).toBe(TEXT)
  })
  expect(seen).toMatchObject({ root, environment: { PLATEN_JOB: 'j-1' } })
})

it('says that its time was over', async () => {
  await expect(play({ timeoutSeconds: 0.01 }, hangs)).rejects.toMatchObject({
    code: 'AGENT_SCRIPT_FAILED',
    message: 'the script make.sh did not end within 0.01 s',
  })
})

it.each([
  { what: 'its own failure', run: () => Promise.reject(new Error('exit code 3')), says: 'exit code 3' },
  {
    what: 'that it was stopped',
    run: (script: ScriptRun) => {
      queueMicrotask(() => stop.abort(new Error('cancelled')))
      return hangs(script)
    },
    says: 'ended by a signal',
  },
])('says $what', async ({ run, says }) => {
  await expect(play({ timeoutSeconds: 60 }, run)).rejects.toThrow(says)
})
