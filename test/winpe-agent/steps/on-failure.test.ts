import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FormatStep, OnFailureStep, Step } from '../../../src/contract/steps.ts'
import type { Machine, ScriptRun } from '../../../src/winpe-agent/machine.ts'
import { onFailurePerformer } from '../../../src/winpe-agent/steps/on-failure.ts'
import { diskAt, stepScene } from '../../fakes/step-scene.ts'

const FAILURE = { code: 'AGENT_SCRIPT_FAILED', message: 'finish.sh ended with 3', hint: '' }
const FORMAT: FormatStep = {
  kind: 'format',
  timeoutSeconds: 60,
  disk: { pick: 'only' },
  eraseForeignData: false,
  knownTableIds: [],
  tableId: '7d1f4a52-0c9e-4b7a-9a55-8f3c2f1d6e01',
  layout: { table: 'gpt', partitions: [{ name: 'root', type: 'linux', filesystem: 'ext4', mount: '/' }] },
}
const SETUP: Step = { kind: 'setup', timeoutSeconds: 60, actions: [], variables: {} }

let folder: string
let mounts: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platen-on-failure-'))
  mounts = []
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Runs the scripts as the test says, and keeps what is sent. */
async function play(scripts: Record<string, (run: ScriptRun) => void>, { index = 1, chroot = false, disks = 1 } = {}) {
  const scene = stepScene(
    Array.from({ length: disks }, () => diskAt('/dev/vda', 1e9)),
    [FORMAT, SETUP],
  )
  const sent = new Map<string, string>()
  const actions = Object.keys(scripts).map((path) => ({ script: scene.client.add(path, `#!/bin/sh\n# ${path}\n`), chroot }))
  const step: OnFailureStep = { kind: 'on-failure', timeoutSeconds: 60, actions, variables: { version: '7' } }
  const machine = {
    disks: { partitionPath: (path: string, number: number) => `${path}${number}` },
    target: {
      directory: join(folder, 'target'),
      filesDirectory: join(folder, 'files'),
      mount: async (wanted: { at: string }[]) => void mounts.push(...wanted.map(({ at }) => at)),
      unmount: async () => undefined,
      runScript: async (run: ScriptRun) => scripts[run.path.split('/').at(-1)!]!(run),
    },
  } as unknown as Machine
  const client = {
    ...scene.client,
    post: scene.client.post.bind(scene.client),
    download: scene.client.download.bind(scene.client),
    async exchange(path: string, _type: string, parts: readonly Uint8Array[]) {
      sent.set(path, Buffer.concat(parts).toString())
      return (async function* () {})()
    },
  }
  const end = onFailurePerformer(machine)(step, { index, failure: FAILURE }, { ...scene.context, client })
  const failure = await end.then(
    () => undefined,
    (error: unknown) => error as Error,
  )
  return { sent, failure, lines: scene.lines }
}

const leave = (name: string, text: string) => (run: ScriptRun) => writeFileSync(join(run.environment.PLATEN_OUTPUT!, name), text)

describe('on-failure', () => {
  it('tells scripts what failed, and sends what they leave', async () => {
    let seen: Readonly<Record<string, string>> = {}
    const { sent, failure } = await play({
      'collect.sh': (run) => {
        seen = run.environment
        expect(readFileSync(run.path, 'utf8')).toContain('collect.sh')
        leave('a log.txt', 'lines')(run)
      },
    })
    expect(failure).toBeUndefined()
    expect(seen).toMatchObject({
      PLATEN_FAILED_STEP: 'setup',
      PLATEN_FAILURE_CODE: 'AGENT_SCRIPT_FAILED',
      PLATEN_FAILURE: 'finish.sh ended with 3',
      PLATEN_DISK: '/dev/vda',
      PLATEN_PART_ROOT: '/dev/vda1',
      PLATEN_VAR_VERSION: '7',
    })
    expect([...sent]).toEqual([['/jobs/7d1f4a52-0c9e-4b7a-9a55-8f3c2f1d6e01/files/a_log.txt?leaseId=lease-1', 'lines']])
    expect(mounts).toEqual(['/'])
  })

  it('goes on after a script that fails, and tells of it at the end', async () => {
    const { sent, failure, lines } = await play({
      'first.sh': (run) => {
        leave('partial', 'half')(run)
        throw new Error('first.sh failed: exit code 1')
      },
      'second.sh': leave('whole', 'all'),
    })
    expect([...sent.values()]).toEqual(['half', 'all'])
    expect(failure?.message).toBe('first.sh failed: exit code 1')
    expect(lines).toContain('first.sh: first.sh failed: exit code 1')
  })

  it('mounts nothing of a disk that the job has not formatted', async () => {
    const { lines } = await play({ 'inside.sh': () => expect.unreachable() }, { index: 0, chroot: true })
    expect(mounts).toEqual([])
    expect(lines).toContain('inside.sh is left out: there is no image to run it in')
  })

  it('runs although the machine has no disk that fits', async () => {
    const { sent } = await play({ 'collect.sh': leave('dmesg', 'no disk') }, { index: 0, disks: 0 })
    expect([...sent.values()]).toEqual(['no disk'])
  })
})
