// docs/ansible.md: its playbook by the real Ansible, and its calls by the real curl, against a real appliance.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inventoryOf, macOf } from '../fakes/inventories.ts'
import { LoopbackAppliance } from '../fakes/loopback-appliance.ts'
import { needs, program } from '../needs.ts'

const run = promisify(execFile)
const page = readFileSync('docs/ansible.md', 'utf8')
const [, playbook = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? []
const [, calls = ''] = /```sh\n([\s\S]*?)```/.exec(page) ?? []

let appliance: LoopbackAppliance
let folder: string
let environment: Record<string, string | undefined>
beforeAll(async () => {
  appliance = await LoopbackAppliance.start()
  folder = mkdtempSync(join(tmpdir(), 'platen-ansible-'))
  mkdirSync(join(folder, 'collections', 'ansible_collections', 'platen'), { recursive: true })
  symlinkSync(resolve('ansible'), join(folder, 'collections', 'ansible_collections', 'platen', 'appliance'))
  writeFileSync(join(folder, 'token'), appliance.token())
  writeFileSync(join(folder, 'playbook.yml'), playbook)
  environment = {
    PATH: process.env.PATH,
    HOME: folder,
    ANSIBLE_COLLECTIONS_PATHS: join(folder, 'collections'),
    ANSIBLE_NOCOLOR: '1',
    PLATEN_URL: appliance.url,
    PLATEN_TOKEN_FILE: join(folder, 'token'),
  }
})
afterAll(async () => {
  await appliance[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const inFolder = async (file: string, ...args: string[]) =>
  (await run(file, args, { cwd: folder, env: environment, timeout: 240_000 })).stdout

describe('Ansible', { timeout: 300_000, ...needs(program('ansible-playbook')) }, () => {
  const inventory = resolve('ansible', 'inventory', 'platen.py')
  const play = (...more: string[]) => inFolder('ansible-playbook', '-i', inventory, 'playbook.yml', ...more)

  beforeAll(async () => {
    const say = async <T>(path: string, token: string, body: object): Promise<T> => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      return (await (
        await fetch(`${appliance.url}/agent/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      ).json()) as T
    }
    const { token } = await say<{ token: string }>('/sessions', await appliance.credential('other'), { mac: macOf(1) })
    await say('/hello', token, { agentVersion: '1', inventory: inventoryOf(1) })
  })

  it('sees the machines, says what it would do, does it, and has nothing to do the second time', async () => {
    const [node] = await appliance.nodes()
    const name = node!.name
    const listed = JSON.parse(await inFolder('ansible-inventory', '-i', inventory, '--list'))
    expect(listed.state_discovered.hosts).toEqual([name])
    expect(listed._meta.hostvars[name]).toMatchObject({ platen_state: 'discovered', platen_architecture: 'x64' })

    expect(await play('--check')).toMatch(/changed=2 .*failed=0/)
    expect((await appliance.nodes())[0]!.state).toBe('discovered')

    expect(await play()).toMatch(/changed=2 .*failed=0/)
    expect((await appliance.nodes())[0]).toMatchObject({ state: 'approved', tags: ['web'], location: 'room 2' })
    const { jobs } = await appliance.operator<{ jobs: { request: object }[] }>('GET', '/jobs')
    expect(jobs.map(({ request }) => request)).toEqual([expect.objectContaining({ kind: 'build', profile: 'tiny' })])

    // A second build is a second job; the node is right already.
    expect(await play()).toMatch(/changed=1 .*failed=0/)
  })

  it('tells a refusal in the words of the appliance', async () => {
    const args = ['-m', 'platen.appliance.node', '-a', 'name=nobody state=approved']
    const failed = inFolder('ansible', 'localhost', '-i', 'localhost,', '-c', 'local', ...args)
    await expect(failed).rejects.toMatchObject({ stdout: expect.stringContaining('NODE_NOT_FOUND') })
  })
})

it('the calls for tools that hold a state do what the page says', { timeout: 60_000 }, async () => {
  const env = { PATH: process.env.PATH, TOKEN: appliance.token(), APPLIANCE: appliance.url }
  await run('bash', ['-euo', 'pipefail', '-c', calls], { cwd: folder, env })
})
