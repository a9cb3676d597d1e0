// A rack of virtual machines on a network of their own, and the way to take it down again, also after a failure.
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Machine } from './machine.ts'
import { RackNetwork } from './network.ts'
import type { Accelerator, MachineSpec } from './qemu-arguments.ts'
import { startRouterAdvertiser } from './router-advertiser.ts'

/** Where the logs of what failed last lie. */
export const LAST_FAILURE = join(import.meta.dirname, '../../.cache/rack/last-failure')

export interface RackOptions {
  readonly accelerator: Accelerator
  /** Whether a router announces itself, for which iPXE in ROMs would wait. Left out: yes. */
  readonly hasRouter?: boolean
}

/** Whatever stands in the rack beside the machines; stopped before the network goes. */
interface Stoppable {
  stop(): Promise<unknown>
}

export class Rack {
  readonly directory: string
  readonly namespace: string
  readonly #network: RackNetwork
  readonly #options: RackOptions
  readonly #machines: Machine[] = []
  readonly #others: Stoppable[] = []

  private constructor(network: RackNetwork, options: RackOptions) {
    this.directory = network.directory
    this.namespace = network.namespace
    this.#network = network
    this.#options = options
  }

  static async create(options: RackOptions): Promise<Rack> {
    const rack = new Rack(await RackNetwork.create(), options)
    const advertiser = options.hasRouter === false ? undefined : startRouterAdvertiser(rack.namespace, rack.directory)
    if (advertiser !== undefined) rack.adopt(advertiser)
    return rack
  }

  get machines(): readonly Machine[] {
    return this.#machines
  }

  /** From now on taken down with the rack. */
  adopt<T extends Stoppable>(process: T): T {
    this.#others.push(process)
    return process
  }

  async addMachine(spec: MachineSpec): Promise<Machine> {
    const machine = new Machine(spec, {
      namespace: this.namespace,
      directory: this.directory,
      tap: await this.#network.addTap(),
      accelerator: this.#options.accelerator,
    })
    this.#machines.push(machine)
    return machine
  }

  /** Name of a namespace on the rack's wire, for whoever else serves there. */
  addNeighbour(address: string): Promise<string> {
    return this.#network.addNeighbour(address)
  }

  /** Copies every log and capture of the rack into a folder that outlives it: what is left to look at after a failure. */
  saveLogs(folder = LAST_FAILURE): void {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const logs = readdirSync(this.directory).filter((file) => /\.(log|pcap)$/.test(file))
    for (const log of logs) copyFileSync(join(this.directory, log), join(folder, log))
  }

  /** Machines, then what serves them, then the network. Goes on after a failure and tells it at the end. May be called again. */
  async close(): Promise<void> {
    const ends = [
      ...this.#machines.splice(0).map((machine) => () => machine.powerOff()),
      ...this.#others
        .splice(0)
        .reverse()
        .map((process) => () => process.stop()),
      () => this.#network.remove(),
    ]
    const failures: unknown[] = []
    for (const end of ends) {
      try {
        await end()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'the rack did not come down cleanly')
  }
}
