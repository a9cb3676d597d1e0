// A running system installs packages by itself: the real script in shells of two kinds, against all rooms behind a port on loopback.
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JobView } from '../../../src/contract/job.ts'
import type { NodeView } from '../../../src/contract/operator-api.ts'
import type { PackageView } from '../../../src/contract/package.ts'
import type { RollOutView } from '../../../src/contract/roll-out.ts'
import { OrchestratorScene, type SceneMachine } from '../../fakes/orchestrator-scene.ts'
import { RunningSystem } from '../../fakes/running-system.ts'
import { captureTiny } from '../../fakes/scene-images.ts'
import { bringFolder } from '../../fakes/scene-packages.ts'

const SHELLS = [
  { name: 'dash', shell: ['/usr/bin/dash'] },
  { name: 'busybox', shell: ['/usr/bin/busybox', 'sh'] },
].filter(({ shell }) => existsSync(shell[0]!) && existsSync('/usr/bin/curl'))
const WAIT = { timeout: 15_000, interval: 50 }

let scene: OrchestratorScene
let machine: SceneMachine
let url: string

/** Its files lie under the folder of the system that the test made: scripts find that by where their own files are. */
async function bring(version: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const yaml = `name: agent
version: ${version}
order: semver
files:
  - { file: agent.txt, to: "/opt/an agent/agent", mode: "0755" }
  - { file: notes.txt }
install: install.sh
remove: remove.sh
verify: verify.sh
`
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell reads it.
  const root = '"${PLATEN_PACKAGE%/stage/*}/root"'
  await bringFolder(scene, {
    'package.yaml': yaml,
    'agent.txt': `agent ${version}\n`,
    'notes.txt': `notes of ${version}\n`,
    'install.sh': `#!/bin/sh\ncat "$PLATEN_PACKAGE/notes.txt" >> ${root}/installed; echo "$PLATEN_PACKAGE_NAME $PLATEN_PACKAGE_VERSION $PLATEN_SYSTEM $PLATEN_DISK" >> ${root}/said\n`,
    'remove.sh': `echo removed ${version} >> ${root}/installed\n`,
    'verify.sh': `grep -q "agent $PLATEN_PACKAGE_VERSION" "$PLATEN_PACKAGE/../../../root/opt/an agent/agent"\n`,
    ...more,
  })
}

beforeEach(async () => {
  scene = await OrchestratorScene.open()
  const builder = await scene.approved(1)
  await captureTiny(scene, builder, 1)
  machine = await scene.approved(2)
  await scene.post({ kind: 'deploy', node: machine.nodeName, image: 'tiny' })
  await machine.finish((await machine.claim())!)
  url = await scene.app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(() => scene[Symbol.asyncDispose]())

const node = async () => (await scene.operator<NodeView>('GET', `/nodes/${machine.nodeName}`)).body
const packagesOf = ({ packages = [] }: { packages?: readonly { name: string; version: string }[] } = {}) =>
  packages.map(({ name, version }) => `${name} ${version}`)
const ended = async (id: string) => {
  await vi.waitFor(async () => expect((await scene.job(id)).status.completedAt).toBeDefined(), WAIT)
  return scene.job(id)
}
const jobOfNode = async () => {
  const { body } = await scene.operator<{ jobs: JobView[] }>('GET', '/jobs')
  return body.jobs.filter(({ request }) => request.kind === 'packages')
}

describe.each(SHELLS)('a running system with $name', ({ shell }) => {
  const open = async (change: { serial?: string; boot?: string; record?: string } = {}) => {
    const secret = await scene.rooms.access.nodeCredentials.issue(machine.nodeId)
    const system = await RunningSystem.open({
      shell,
      applianceUrl: url,
      secret,
      serial: 'DISK-02',
      record: machine.disk!.text,
      ...change,
    })
    system.put('root/installed', '')
    return system
  }

  it('does the packages job that waits for it: installs, changes and removes, and its record says so each time', async () => {
    await using system = await open()
    await bring('1.0.0')
    await bring('2.0.0')
    system.stay()
    const first = await scene.post({ kind: 'packages', node: machine.nodeName, packages: [{ name: 'agent', range: '=1.0.0' }] })
    expect(await ended(first.id)).toMatchObject({ state: 'succeeded' })
    expect(system.read('root/opt/an agent/agent')).toBe('agent 1.0.0\n')
    expect(system.read('root/said')).toBe('agent 1.0.0 running /dev/vda\n')
    expect(system.read('record.json')).toContain('"packages":[{"name":"agent","version":"1.0.0"}]')
    expect(packagesOf((await node()).present)).toEqual(['agent 1.0.0'])
    expect(await scene.logOf(first.id)).toContain('install of agent 1.0.0')

    const second = await scene.post({ kind: 'packages', node: machine.nodeName, packages: [{ name: 'agent' }] })
    expect(await ended(second.id)).toMatchObject({ state: 'succeeded' })
    expect(system.read('root/installed')).toBe('notes of 1.0.0\nremoved 1.0.0\nnotes of 2.0.0\n')
    const third = await scene.post({ kind: 'packages', node: machine.nodeName, removePackages: ['agent'] })
    expect(await ended(third.id)).toMatchObject({ state: 'succeeded' })
    expect(system.read('root/opt/an agent/agent')).toBeUndefined()
    expect([packagesOf((await node()).present), packagesOf((await node()).installed)]).toEqual([[], []])
    expect([system.hasRestarted, system.read('stage/plan')]).toEqual([false, undefined])
  }, 40_000)

  it('makes right at its start what its class wants, without a restart', async () => {
    await bring('1.0.0')
    await scene.operator('PUT', '/classes/web', {
      selector: { names: [machine.nodeName] },
      packages: [{ name: 'agent' }],
      enforce: 'at-boot',
    })
    await using system = await open()
    expect((await system.boot()).code).toBe(0)
    expect(system.read('root/opt/an agent/agent')).toBe('agent 1.0.0\n')
    expect(packagesOf((await node()).present)).toEqual(['agent 1.0.0'])
    expect((await jobOfNode()).map(({ by, state }) => [by, state])).toEqual([['wanted', 'succeeded']])
    expect(system.hasRestarted).toBe(false)
    await using next = await open({ boot: 'boot-2', record: system.read('record.json')! })
    await next.boot()
    expect([next.hasRestarted, (await jobOfNode()).length]).toEqual([false, 1])
  }, 40_000)

  it('puts back what it had when the next version fails, and says why', async () => {
    await using system = await open()
    await bring('1.0.0')
    await bring('2.0.0', { 'install.sh': '#!/bin/sh\necho no room >&2\nexit 7\n' })
    system.stay()
    await ended(
      (await scene.post({ kind: 'packages', node: machine.nodeName, packages: [{ name: 'agent', range: '=1.0.0' }] })).id,
    )
    const bad = await scene.post({
      kind: 'packages',
      node: machine.nodeName,
      packages: [{ name: 'agent', range: '=2.0.0' }],
      maxAttempts: 1,
    })
    expect(await ended(bad.id)).toMatchObject({
      state: 'failed',
      failure: { code: 'AGENT_SCRIPT_FAILED', message: 'the script install of agent 2.0.0 failed' },
    })
    expect(await scene.logOf(bad.id)).toMatch(/no room.*put back/s)
    expect(system.read('root/opt/an agent/agent')).toBe('agent 1.0.0\n')
    expect(packagesOf((await node()).installed)).toEqual(['agent 1.0.0'])
  }, 40_000)

  it('changes nothing when a file comes with another content', async () => {
    await using system = await open()
    await bring('1.0.0')
    const { body } = await scene.operator<PackageView>('GET', '/packages/agent')
    const { digest, sizeBytes } = body.versions[0]!.files.find(({ path }) => path === 'agent.txt')!
    writeFileSync(join(scene.dataDir, 'package-files', digest), 'x'.repeat(sizeBytes))
    system.stay()
    const job = await scene.post({ kind: 'packages', node: machine.nodeName, packages: [{ name: 'agent' }], maxAttempts: 1 })
    expect(await ended(job.id)).toMatchObject({
      state: 'failed',
      failure: { message: expect.stringContaining('another content') },
    })
    expect([system.read('root/installed'), system.read('root/opt/an agent/agent')]).toEqual(['', undefined])
  }, 40_000)

  it('takes a roll-out of packages, and says by the program of that how it is', async () => {
    await bring('1.0.0')
    await scene.operator('PUT', '/classes/web', { selector: { names: [machine.nodeName] } })
    await using system = await open()
    system.stay()
    const health = `#!/bin/sh\necho it is asked >&2\nexit 3\n`
    const wish = { packages: [{ name: 'agent' }], health, restart: true, settleSeconds: 86_400 }
    const { body } = await scene.operator<RollOutView>('POST', '/classes/web/roll-outs', wish)
    const now = async () => (await scene.operator<RollOutView>('GET', `/roll-outs/${body.id}`)).body
    // The appliance looks by its clock.
    await vi.waitFor(async () => {
      scene.clock.advance(6000)
      expect((await now()).nodes[0]).toMatchObject({ at: 'returned', reason: 'roll-out-check it is asked' })
    }, WAIT)
    expect(system.hasRestarted).toBe(false)
  }, 40_000)

  it('whose disk is a copy is given no job, and the boot OS does it', async () => {
    await bring('1.0.0')
    await scene.post({ kind: 'packages', node: machine.nodeName, packages: [{ name: 'agent' }] })
    await using system = await open({ serial: 'DISK-99' })
    await system.boot()
    expect([system.read('root/installed'), (await jobOfNode())[0]!.state]).toEqual(['', 'queued'])
    expect((await machine.claim())?.kind).toBe('packages')
  }, 40_000)
})

it('what a system could not do at its start is for the boot OS: it restarts into a repair', async () => {
  await bring('1.0.0', { 'install.sh': 'exit 7\n' })
  await scene.operator('PUT', '/classes/web', {
    selector: { names: [machine.nodeName] },
    packages: [{ name: 'agent' }],
    enforce: 'at-boot',
  })
  const secret = await scene.rooms.access.nodeCredentials.issue(machine.nodeId)
  const start = { shell: ['/bin/sh'], applianceUrl: url, secret, serial: 'DISK-02', record: machine.disk!.text }
  await using system = await RunningSystem.open(start)
  system.put('root/installed', '')
  await system.boot()
  for (const { id } of await jobOfNode()) await scene.operator('POST', `/jobs/${id}/cancel`)
  await using next = await RunningSystem.open({ ...start, boot: 'boot-2' })
  await next.boot()
  expect(next.hasRestarted).toBe(true)
  expect(readdirSync(join(scene.dataDir, 'package-files')).length).toBeGreaterThan(0)
}, 40_000)
