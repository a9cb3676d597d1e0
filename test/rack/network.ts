// The rack's own network: a namespace with one bridge in it, a tap for each machine, and namespaces for others who serve on the same
// wire. Touches `ip`, never the machine's own network.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './owned-process.ts'

/** One file for each namespace that a rack made, holding its owner: what is not listed here is not ours to remove. */
const RECORDS = '/run/platen-racks'
export const BRIDGE = 'rack0'
export const APPLIANCE_ADDRESS = '10.77.0.1'
/** What a neighbour calls its end of the cable. */
export const NEIGHBOUR_INTERFACE = 'eth0'

export class RackNetwork {
  readonly namespace: string
  /** Disks, logs and sockets of the rack; goes with the network. */
  readonly directory: string
  readonly #neighbours: string[] = []
  #taps = 0

  private constructor(namespace: string) {
    this.namespace = namespace
    this.directory = directoryOf(namespace)
  }

  static async create(): Promise<RackNetwork> {
    await removeAbandoned()
    const network = new RackNetwork(freeName())
    record(network.namespace)
    try {
      // Passed through by the appliance, which is not root; listed by nobody.
      mkdirSync(network.directory, { mode: 0o711 })
      await run('ip', ['netns', 'add', network.namespace])
      await network.#ip('link', 'set', 'lo', 'up')
      await network.#ip('link', 'add', BRIDGE, 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0')
      await network.#ip('address', 'add', `${APPLIANCE_ADDRESS}/24`, 'dev', BRIDGE)
      await network.#ip('link', 'set', BRIDGE, 'up')
    } catch (error) {
      await network.remove()
      throw error
    }
    return network
  }

  /** Name of a new tap on the bridge: a socket in the wall for one machine. */
  async addTap(): Promise<string> {
    const tap = `tap${this.#taps++}`
    await this.#ip('tuntap', 'add', tap, 'mode', 'tap')
    await this.#ip('link', 'set', tap, 'master', BRIDGE, 'up')
    return tap
  }

  /** Name of a new namespace on the same wire: a machine that is no guest, with ports of its own. */
  async addNeighbour(address: string): Promise<string> {
    const number = this.#neighbours.length
    const neighbour = `${this.namespace}-beside-${number}`
    record(neighbour)
    this.#neighbours.push(neighbour)
    await run('ip', ['netns', 'add', neighbour])
    const socket = `beside${number}`
    await this.#ip('link', 'add', socket, 'type', 'veth', 'peer', 'name', NEIGHBOUR_INTERFACE, 'netns', neighbour)
    await this.#ip('link', 'set', socket, 'master', BRIDGE, 'up')
    const ip = (...words: string[]) => run('ip', ['-n', neighbour, ...words])
    await ip('link', 'set', 'lo', 'up')
    await ip('address', 'add', `${address}/24`, 'dev', NEIGHBOUR_INTERFACE)
    await ip('link', 'set', NEIGHBOUR_INTERFACE, 'up')
    return neighbour
  }

  /** Bridge and taps go with it, the neighbours, and the directory. May be called again. */
  async remove(): Promise<void> {
    for (const neighbour of this.#neighbours.splice(0)) await remove(neighbour)
    await remove(this.namespace)
  }

  #ip(...words: string[]): Promise<string> {
    return run('ip', ['-n', this.namespace, ...words])
  }
}

function record(namespace: string): void {
  mkdirSync(RECORDS, { recursive: true })
  writeFileSync(join(RECORDS, namespace), ownerOf(process.pid)!, { flag: 'wx' })
}

async function remove(namespace: string): Promise<void> {
  const file = join(RECORDS, namespace)
  if (!existsSync(file)) return
  if (existsSync(`/run/netns/${namespace}`)) await run('ip', ['netns', 'delete', namespace])
  rmSync(directoryOf(namespace), { recursive: true, force: true })
  rmSync(file, { force: true })
}

const directoryOf = (namespace: string) => join(tmpdir(), namespace)

/** Namespaces whose owner was killed before it could clean up. */
async function removeAbandoned(): Promise<void> {
  if (!existsSync(RECORDS)) return
  for (const namespace of readdirSync(RECORDS)) {
    const owner = readFileSync(join(RECORDS, namespace), 'utf8')
    if (ownerOf(Number.parseInt(owner, 10)) !== owner) await remove(namespace)
  }
}

function freeName(): string {
  for (let number = 0; ; number++) {
    const name = `platen-rack-${process.pid}-${number}`
    const taken = [`/run/netns/${name}`, join(RECORDS, name), directoryOf(name)]
    if (!taken.some((path) => existsSync(path))) return name
  }
}

/** Process id and the time it started (proc_pid_stat(5), field 22): an id alone may belong to somebody else by now. */
function ownerOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`
  } catch {
    return undefined
  }
}
