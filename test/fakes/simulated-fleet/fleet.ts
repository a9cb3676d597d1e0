// A fleet that is only said to be there, at a real appliance: machines in racks, classes, two images, jobs that run and wait.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Inventory } from '../../../src/contract/inventory.ts'
import { ApplianceProgram } from '../appliance-program.ts'
import { live, type SimulatedMachine } from './machine.ts'

const PER_RACK = 20
const MODELS = [
  {
    manufacturer: 'Dell Inc.',
    product: 'PowerEdge R660',
    cpuModel: 'Intel Xeon Gold 6426Y',
    cpuCount: 64,
    memoryBytes: 274_877_906_944,
  },
  { manufacturer: 'Supermicro', product: 'SYS-111C-NR', cpuModel: 'AMD EPYC 9354P', cpuCount: 32, memoryBytes: 137_438_953_472 },
  { manufacturer: 'HPE', product: 'ProLiant DL325 Gen11', cpuModel: 'AMD EPYC 9124', cpuCount: 16, memoryBytes: 68_719_476_736 },
] as const
const TAGS = ['web', 'db', 'kiosk'] as const

const PROFILE = `name: NAME
title: TITLE
architecture: x64
format: { partitions: [{ name: root, type: linux, filesystem: ext4, mount: / }] }
capture: { image: NAME }
`

export interface FleetOptions {
  readonly folder: string
  readonly nodes: number
  readonly stepSeconds?: number
  /** Of every machine. */
  readonly secureBoot?: 'on' | 'off'
}

export class SimulatedFleet implements AsyncDisposable {
  readonly appliance: ApplianceProgram
  readonly #over = new AbortController()
  #lives: Promise<unknown> = Promise.resolve()

  private constructor(appliance: ApplianceProgram) {
    this.appliance = appliance
  }

  /** Returns when all machines are known, the images are there, and a part of the fleet works. */
  static async start({ folder, nodes, stepSeconds = 4, secureBoot = 'on' }: FleetOptions): Promise<SimulatedFleet> {
    await writeProfiles(folder)
    const fleet = new SimulatedFleet(await ApplianceProgram.start(folder, [], { bootsMachines: true }))
    const rules = { macPrefixes: ['52:54:00'], namePattern: 'node-{nnn}' }
    await fleet.ask('POST', '/approval-rules', rules)
    await fleet.#boot(Array.from({ length: nodes }, (_, n) => machineOf(n, stepSeconds, secureBoot)))
    await fleet.#untilKnown(nodes)
    return fleet
  }

  async ask<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH', path: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${this.appliance.token}`, ...(body && { 'content-type': 'application/json' }) }
    const response = await fetch(`${this.appliance.url}/api/v1${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  /** Until the job is over; its state. */
  async ended(jobId: string): Promise<string> {
    for (;;) {
      const { state } = await this.ask<{ state: string }>('GET', `/jobs/${jobId}`)
      if (state !== 'queued' && state !== 'running') return state
      await sleep(100)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort(new Error('the fleet is switched off'))
    await this.#lives
    await this.appliance[Symbol.asyncDispose]()
  }

  async #boot(machines: readonly SimulatedMachine[]): Promise<void> {
    const { signal } = this.#over
    this.#lives = Promise.allSettled(machines.map((machine) => live(this.appliance.url, machine, signal)))
  }

  async #untilKnown(count: number): Promise<void> {
    for (;;) {
      const { nodes } = await this.ask<{ nodes: readonly { id: string; bootMacs: readonly string[] }[] }>('GET', '/nodes')
      if (nodes.length >= count) {
        for (const { id, bootMacs } of nodes) await this.ask('PATCH', `/nodes/${id}`, placeOf(numberOf(bootMacs[0]!)))
        return
      }
      await sleep(200)
    }
  }
}

function machineOf(n: number, stepSeconds: number, secureBoot: 'on' | 'off'): SimulatedMachine {
  return {
    mac: macOf(n),
    inventory: inventoryOf(n, secureBoot),
    stepSeconds,
    seed: 100 * (n % TAGS.length),
    comesBackSeconds: 15,
  }
}

/** The last machines of a fleet come with cards of a maker whom no rule knows: a person has to approve them. */
const macOf = (n: number): string => `${n % 25 === 24 ? '00:16:3e' : '52:54:00'}:00:${hex(n >> 8)}:${hex(n & 255)}`
const numberOf = (mac: string): number => Number.parseInt(mac.slice(-5).replace(':', ''), 16)
const hex = (value: number): string => value.toString(16).padStart(2, '0')

function placeOf(n: number): { location: string; tags: readonly string[] } {
  const rack = Math.floor(n / PER_RACK) + 1
  return { location: `dc1/rack${rack}/u${(n % PER_RACK) * 2 + 1}`, tags: [TAGS[rack % TAGS.length]!] }
}

function inventoryOf(n: number, secureBoot: 'on' | 'off'): Inventory {
  const model = MODELS[Math.floor(n / PER_RACK) % MODELS.length]!
  const serial = `${model.product.replaceAll(/[^A-Z0-9]/g, '')}-${(1_000_000 + n * 7919).toString(36).toUpperCase()}`
  return {
    architecture: 'x64',
    firmware: 'uefi',
    secureBoot,
    smbios: {
      systemUuid: `4c4c4544-0042-3010-8051-${macOf(n).replaceAll(':', '')}`,
      systemSerial: serial,
      manufacturer: model.manufacturer,
      product: model.product,
      firmwareVersion: '2.4.1',
    },
    cpuModel: model.cpuModel,
    cpuCount: model.cpuCount,
    memoryBytes: model.memoryBytes,
    nics: [{ name: 'eth0', mac: macOf(n), linkUp: true, driver: 'mlx5_core', speedMbps: 25_000 }],
    disks: [
      {
        devicePath: '/dev/nvme0n1',
        serial: `S6${n.toString().padStart(6, '0')}`,
        model: 'SAMSUNG MZQL2960HCJR-00A07',
        sizeBytes: 960_197_124_096,
        logicalSectorBytes: 512,
        physicalSectorBytes: 4096,
        isRotational: false,
        isRemovable: false,
        isReadOnly: false,
      },
    ],
  }
}

async function writeProfiles(folder: string): Promise<void> {
  const texts = {
    'web-base': PROFILE.replaceAll('NAME', 'web-base').replace('TITLE', 'Web servers'),
    'db-base': PROFILE.replaceAll('NAME', 'db-base').replace('TITLE', 'Database servers'),
    // A mistake, as people make them.
    'kiosk-base': PROFILE.replaceAll('NAME', 'kiosk-base').replace('TITLE', 'Kiosks').replace('architecture', 'architectur'),
  }
  for (const [name, text] of Object.entries(texts)) {
    const place = join(folder, 'profiles', name)
    await mkdir(place, { recursive: true })
    await writeFile(join(place, 'profile.yaml'), text)
  }
}
