// A network namespace with one network interface for each cable, and at the other end of each cable a namespace of a client. Root only.
import { execFileSync } from 'node:child_process'

export interface Cable {
  /** The interface at the server's end, with its address: 10.66.1.1/24. */
  readonly name: string
  readonly address: string
  /** Of the client's interface; left out, a random one. */
  readonly clientMac?: string
}

/** The name of every client's interface. */
export const CLIENT_LINK = 'eth0'

export class CabledNamespaces implements Disposable {
  readonly server: string
  readonly #clients: ReadonlyMap<string, string>

  constructor(label: string, cables: readonly Cable[]) {
    this.server = `platen-${label}-${process.pid}`
    this.#clients = new Map(cables.map(({ name }) => [name, `${this.server}-${name}`]))
    for (const namespace of this.#all()) {
      ip('netns', 'add', namespace)
      ip('-n', namespace, 'link', 'set', 'lo', 'up')
    }
    for (const { name, address, clientMac } of cables) {
      const client = this.client(name)
      const peer = ['peer', 'name', CLIENT_LINK, ...(clientMac === undefined ? [] : ['address', clientMac]), 'netns', client]
      ip('-n', this.server, 'link', 'add', name, 'type', 'veth', ...peer)
      ip('-n', this.server, 'address', 'add', address, 'dev', name)
      ip('-n', this.server, 'link', 'set', name, 'up')
      ip('-n', client, 'link', 'set', CLIENT_LINK, 'up')
    }
  }

  /** The namespace at the other end of a cable. */
  client(name: string): string {
    return this.#clients.get(name)!
  }

  /** Words before a command that is to run at the server's end. */
  get enter(): readonly string[] {
    return ['ip', 'netns', 'exec', this.server]
  }

  [Symbol.dispose](): void {
    for (const namespace of this.#all()) ip('netns', 'del', namespace)
  }

  #all(): readonly string[] {
    return [this.server, ...this.#clients.values()]
  }
}

export function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
