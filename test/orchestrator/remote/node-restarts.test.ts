// Restarting a running node over SSH, against a real SSH server on loopback.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { NodeView, SshKeyView } from '../../../src/contract/operator-api.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'
import { SshMachine, type SshMachineOptions } from '../../fakes/ssh-machine.ts'

interface Stage extends AsyncDisposable {
  readonly scene: OrchestratorScene
  readonly machine: SshMachine
  restart(how?: object): Promise<{ status: number; body: Record<string, unknown> }>
  node(): Promise<NodeView>
}

/** node-1 has left the boot OS and runs a system that lets the appliance in. */
async function stageWith(options: Partial<SshMachineOptions> = {}): Promise<Stage> {
  const scene = await OrchestratorScene.open()
  const { body: key } = await scene.operator<SshKeyView>('GET', '/ssh-key')
  const machine = await SshMachine.start({ authorizedKey: key.publicKey, ...options })
  await scene.approved(1)
  scene.clock.advance(120_000)
  return {
    scene,
    machine,
    restart: (how = {}) => scene.operator('POST', '/nodes/node-1/restart', { port: machine.port, ...how }),
    node: async () => (await scene.operator<NodeView>('GET', '/nodes/node-1')).body,
    async [Symbol.asyncDispose]() {
      await machine[Symbol.asyncDispose]()
      await scene[Symbol.asyncDispose]()
    },
  }
}

describe('restarting a node over SSH', () => {
  it('runs the restart command where its agent was heard from, and keeps the host key of the first contact', async () => {
    await using stage = await stageWith()
    const first = await stage.restart()
    expect(first).toMatchObject({ status: 200, body: { node: 'node-1', address: '127.0.0.1', isFirstContact: true } })
    expect(stage.machine.commands).toEqual(['systemctl reboot || reboot'])
    expect(await stage.node()).toMatchObject({ address: '127.0.0.1', sshHostKey: first.body.hostKey })
    expect(first.body.hostKey).toMatch(/^SHA256:[\w+/]{43}$/)
    expect((await stage.restart()).body.isFirstContact).toBe(false)
  })

  it('refuses a machine that shows another host key, until a person accepts it', async () => {
    await using stage = await stageWith()
    await stage.restart()
    const { body: key } = await stage.scene.operator<SshKeyView>('GET', '/ssh-key')
    await using other = await SshMachine.start({ authorizedKey: key.publicKey })
    expect(await stage.restart({ port: other.port })).toMatchObject({ status: 409, body: { code: 'NODE_SSH_HOST_KEY_CHANGED' } })
    expect(other.commands).toEqual([])
    expect((await stage.restart({ port: other.port, acceptNewKey: true })).status).toBe(200)
    expect((await stage.restart({ port: other.port })).status).toBe(200)
  })

  it('forgets the host key when a job writes to the disk', async () => {
    await using stage = await stageWith()
    await stage.restart()
    await stage.scene.post({ kind: 'build', profile: 'tiny' })
    await (await stage.scene.boot(1)).claim()
    expect((await stage.node()).sshHostKey).toBeUndefined()
  })

  it('takes user, port and command from the class of the node', async () => {
    await using stage = await stageWith({ user: 'admin', exit: 0 })
    const ssh = { user: 'admin', port: stage.machine.port, restartCommand: 'sudo reboot' }
    await stage.scene.operator('PUT', '/classes/lab', { selector: { names: ['node-1'] }, ssh })
    expect((await stage.scene.operator('POST', '/nodes/node-1/restart', {})).status).toBe(200)
    expect(stage.machine.commands).toEqual(['sudo reboot'])
  })

  it.each<{ name: string; options?: Partial<SshMachineOptions>; how?: object; code: string; says: string }>([
    { name: 'a user whom it does not let in', how: { user: 'nobody' }, code: 'NODE_SSH_REFUSED', says: 'nobody@127.0.0.1' },
    {
      name: 'a command that fails',
      options: { exit: 5 },
      code: 'NODE_RESTART_FAILED',
      says: 'ended with 5 on node-1: no init system',
    },
    { name: 'nobody there', how: { port: 1 }, code: 'NODE_SSH_UNREACHABLE', says: 'ECONNREFUSED' },
  ])('$name is told as $code', async ({ options = {}, how = {}, code, says }) => {
    await using stage = await stageWith(options)
    expect(await stage.restart(how)).toMatchObject({ body: { code, message: expect.stringContaining(says) } })
  })

  it('is refused while the node is in the boot OS', async () => {
    await using stage = await stageWith()
    await stage.scene.post({ kind: 'build', profile: 'tiny' })
    await stage.scene.boot(1)
    expect((await stage.restart()).body).toMatchObject({ code: 'NODE_IN_BOOT_OS' })
  })

  it('has one key, which nobody else can read, and which templates may install', async () => {
    await using stage = await stageWith()
    const { body: key } = await stage.scene.operator<SshKeyView>('GET', '/ssh-key')
    expect(statSync(join(stage.scene.dataDir, 'secrets', 'ssh-key')).mode & 0o777).toBe(0o600)
    await stage.scene.killAndBegin()
    expect((await stage.scene.operator<SshKeyView>('GET', '/ssh-key')).body).toEqual(key)
    await stage.scene.post({ kind: 'build', profile: 'tiny' })
    const assignment = (await (await stage.scene.boot(1)).claim())!
    expect(assignment.steps[1]).toMatchObject({ variables: { applianceSshKey: key.publicKey } })
  })
})
