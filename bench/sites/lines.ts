// Lines between central and its sites: a namespace each, a veth between, shaped at central's end. Root; all of it is gone with its scope.
import { execFileSync } from 'node:child_process'
import { CabledNamespaces } from '../../test/fakes/cabled-namespaces.ts'
import { sh } from '../imaging/shell.ts'

export class SiteLines implements Disposable {
  readonly names: readonly string[]
  readonly #namespaces: CabledNamespaces

  constructor(count: number, mbit: number) {
    this.names = Array.from({ length: count }, (_, index) => `s${index + 1}`)
    this.#namespaces = new CabledNamespaces(
      'sites',
      this.names.map((name, index) => ({ name, address: `10.67.${index + 1}.1/24` })),
    )
    try {
      for (const [index, name] of this.names.entries()) {
        const client = this.#namespaces.client(name)
        inside('ip', client, ['address', 'add', `10.67.${index + 1}.2/24`, 'dev', 'eth0'])
        for (const [namespace, link] of [
          [this.central, name],
          [client, 'eth0'],
        ] as const)
          inside('tc', namespace, [
            'qdisc',
            'add',
            'dev',
            link,
            'root',
            'tbf',
            'rate',
            `${mbit}mbit`,
            'burst',
            '64kb',
            'latency',
            '200ms',
          ])
      }
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
  }

  get central(): string {
    return this.#namespaces.server
  }

  siteOf(name: string): string {
    return this.#namespaces.client(name)
  }

  centralUrl(name: string): string {
    return `http://10.67.${this.names.indexOf(name) + 1}.1:8080`
  }

  /** Of each line, as the shaper at central's end counts: frames with all of their heads. */
  async sentBytes(): Promise<ReadonlyMap<string, number>> {
    const text = await sh(`ip netns exec ${this.central} tc -s -j qdisc show`)
    const queues = JSON.parse(text) as readonly { readonly dev: string; readonly kind: string; readonly bytes: number }[]
    return new Map(queues.filter(({ kind }) => kind === 'tbf').map(({ dev, bytes }) => [dev, bytes]))
  }

  [Symbol.dispose](): void {
    this.#namespaces[Symbol.dispose]()
  }
}

function inside(program: 'ip' | 'tc', namespace: string, args: readonly string[]): void {
  execFileSync('ip', ['netns', 'exec', namespace, program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
}
