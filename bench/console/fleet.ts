// A whole appliance as people start it, and machines that have only said hello: what a page of many rows is made of.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApplianceProgram } from '../../test/fakes/appliance-program.ts'
import { inventoryOf } from '../../test/fakes/inventories.ts'
import { HttpConnection } from '../claims/http-connection.ts'
import { inGroups } from '../claims/rig.ts'

const AT_ONCE = 20

interface Node {
  readonly id: string
  readonly state: string
}

export class KnownFleet implements AsyncDisposable {
  readonly appliance: ApplianceProgram
  readonly #folder: string
  readonly #operators: readonly HttpConnection[]
  #ids: readonly string[] = []

  private constructor(appliance: ApplianceProgram, folder: string, operators: readonly HttpConnection[]) {
    this.appliance = appliance
    this.#folder = folder
    this.#operators = operators
  }

  static async start(count: number): Promise<KnownFleet> {
    const folder = await mkdtemp(join(tmpdir(), 'platen-bench-console-'))
    const appliance = await ApplianceProgram.start(folder, [], { bootsMachines: true })
    const operators = await Promise.all(
      Array.from({ length: AT_ONCE }, () => HttpConnection.open(appliance.url, appliance.token)),
    )
    await operators[0]!.post('/api/v1/approval-rules', { macPrefixes: ['52:54'], namePattern: 'node-{nnnn}' })
    const machines = Array.from({ length: count }, (_, n) => n)
    await inGroups(machines, AT_ONCE, (n) => sayHello(appliance.url, n))
    const fleet = new KnownFleet(appliance, folder, operators)
    fleet.#ids = (await fleet.#nodes()).map(({ id }) => id)
    if (fleet.#ids.length !== count) throw new Error(`${fleet.#ids.length} of ${count} machines are known`)
    return fleet
  }

  /** So many nodes are held, or released, once. */
  async change(count: number, isHeld: boolean): Promise<void> {
    const ids = this.#ids.slice(0, count)
    await Promise.all(
      this.#operators.map(async (operator, worker) => {
        for (let n = worker; n < ids.length; n += this.#operators.length)
          await operator.post(`/api/v1/nodes/${ids[n]}/${isHeld ? 'hold' : 'release'}`, isHeld ? { reason: 'of the bench' } : {})
      }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const operator of this.#operators) operator.close()
    await this.appliance[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #nodes(): Promise<readonly Node[]> {
    const headers = { authorization: `Bearer ${this.appliance.token}` }
    const response = await fetch(`${this.appliance.url}/api/v1/nodes`, { headers })
    return ((await response.json()) as { nodes: readonly Node[] }).nodes
  }
}

async function sayHello(url: string, n: number): Promise<void> {
  const mac = `52:54:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`
  const script = await (await fetch(`${url}/boot/${mac}.ipxe`)).text()
  const token = /platen\.token=(\S+)/.exec(script)?.[1]
  if (token === undefined) throw new Error(`${mac} got no token: ${script}`)
  const [disk] = inventoryOf(n).disks
  const inventory = {
    ...inventoryOf(n),
    smbios: { systemUuid: `4c4c4544-0042-3010-8051-${mac.replaceAll(':', '')}`, systemSerial: `SN-${n}` },
    disks: [{ ...disk, serial: `D-${n}` }],
    nics: [{ name: 'eth0', mac, linkUp: true }],
  }
  const response = await fetch(`${url}/agent/v1/hello`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ agentVersion: 'bench', inventory }),
  })
  if (!response.ok) throw new Error(`${mac}: ${response.status} ${await response.text()}`)
}
