// Two appliances and a directory: a machine that A boots, and has no job for, finds the directory by its lease and builds for B.
// It is reset in the middle: A sends it back to the boot OS, and its agent goes back to B's job.
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import { ApplianceProcess } from '../rack/appliance-process.ts'
import { NEIGHBOUR_INTERFACE } from '../rack/network.ts'
import { Operator } from '../rack/operator.ts'
import { prepare } from '../rack/prepare.ts'
import { Rack } from '../rack/rack.ts'
import { smallMachine } from '../rack/small-machine.ts'

const BOOT_MS = 420_000
const JOB_MS = 1_200_000
const B = '10.77.0.2'
const DIRECTORY = '10.77.0.3'

describe('two appliances and a directory', () => {
  let rack: Rack
  let a: Operator
  let b: Operator
  let directory: Operator

  beforeAll(async () => {
    const { accelerator, bootDir, profileDir } = await prepare('tiny-linux', () => {})
    rack = await Rack.create({ accelerator })

    async function start(name: string, address: string | undefined, flags: Readonly<Record<string, string>>): Promise<Operator> {
      const folder = join(rack.directory, name)
      const profilesDir = join(folder, 'profiles')
      mkdirSync(profilesDir, { recursive: true })
      if (name === 'b') cpSync(profileDir, join(profilesDir, 'tiny-linux'), { recursive: true })
      const namespace = address === undefined ? rack.namespace : await rack.addNeighbour(address)
      const beside = address === undefined ? {} : { interface: NEIGHBOUR_INTERFACE, 'dhcp-mode': 'off' }
      const places = { namespace, directory: folder, profilesDir, bootDir, flags: { ...beside, ...flags } }
      const appliance = await ApplianceProcess.start(address === undefined ? places : { ...places, address })
      const operator = new Operator(rack.adopt(appliance))
      await operator.order('rule', 'add', '--mac-prefix', '52:54:00')
      return operator
    }

    a = await start('a', undefined, { 'directory-announce': `http://${DIRECTORY}:8080` })
    // An emulated machine starts again in more than a minute: a lease of six.
    b = await start('b', B, { 'agent-heartbeat-seconds': '60' })
    directory = await start('directory', DIRECTORY, { 'directory-mode': 'list' })
    const { secret } = await b.api.addAgentCredential('from-the-directory')
    await directory.api.setAppliance('b', { url: `http://${B}:8080`, credential: secret })
  })

  afterAll(() => rack?.close())

  it('build for each other', async () => {
    onTestFailed(() => rack.saveLogs())
    const posted = await b.addJob('build', '--profile', 'tiny-linux')
    const machine = await rack.addMachine(smallMachine({ label: 't', number: '0071', firmware: 'bios' }))
    await machine.powerOn()
    await b.reaches(posted.id, ({ status }) => status.majorState === 'setup', BOOT_MS)
    expect(machine.console.text).toContain(`directory http://${DIRECTORY}:8080, told by the DHCP lease`)
    const known = await a.nodeWith(machine.spec.mac, 10_000)
    expect(known.elsewhere).toMatchObject({ applianceUrl: `http://${B}:8080`, jobId: posted.id })

    await machine.reset()
    const job = await b.succeeded(posted.id, JOB_MS)
    expect(machine.console.text).toContain(`going back to job ${posted.id}`)
    expect(job).toMatchObject({ attempt: 1, nodeName: 'node-1' })
    const [version] = (await b.api.images())[0]?.versions ?? []
    expect(version).toMatchObject({ imageName: 'tiny-linux', version: 1, jobId: posted.id })
    expect([await a.api.images(), await a.api.jobs(), await directory.api.jobs()]).toEqual([[], [], []])

    await machine.console.waitFor(/tiny-linux version 1 on \S+, machine RACK-T, started by BIOS/, BOOT_MS)
    expect((await a.nodeWith(machine.spec.mac, 10_000)).elsewhere).toBeUndefined()
    expect((await directory.api.appliances())[0]).toMatchObject({ name: 'b', health: 'up' })
  })
})
