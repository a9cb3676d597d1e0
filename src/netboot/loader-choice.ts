// Which loader a machine gets: the usual one, what its record asks for, or the other one when the last was fetched and never
// called back. No disk: after a restart a stubborn model fails once more and is then remembered again.

import type { DhcpClient } from './dhcp/client.ts'
import type { LoaderFlavour } from './loader-path.ts'

interface Memory {
  flavour: LoaderFlavour
  /** A loader is on its way and has not called back. */
  fetchedAt: number | undefined
}

/** Firmware repeats its DISCOVER while it is still starting; only a later one means that the loader gave up. */
const CALL_BACK_MS = 8000
const MAX_REMEMBERED = 20_000

export interface LoaderChoiceDeps {
  readonly preferred: (client: DhcpClient) => LoaderFlavour | undefined
  /** Milliseconds since some moment before: setting the clock of the machine must not change a loader. */
  readonly elapsed: () => number
  readonly onFallBack: (mac: string, from: LoaderFlavour, to: LoaderFlavour) => void
}

export class LoaderChoice {
  #memories = new Map<string, Memory>()
  #deps: LoaderChoiceDeps

  constructor(deps: LoaderChoiceDeps) {
    this.#deps = deps
  }

  /** Asked for every DHCP packet of a client that boots. */
  flavourFor(client: DhcpClient): LoaderFlavour {
    const { mac, kind, firmware } = client
    const memory = this.#memories.get(mac)
    const preferred = this.#deps.preferred(client) ?? 'snponly'
    if (memory === undefined) return preferred
    if (kind === 'ipxe') memory.fetchedAt = undefined
    const isBackUnheard =
      kind !== 'ipxe' && memory.fetchedAt !== undefined && this.#deps.elapsed() - memory.fetchedAt > CALL_BACK_MS
    if (!isBackUnheard) return memory.flavour
    const other = next(memory.flavour, firmware === 'uefi')
    this.#deps.onFallBack(mac, memory.flavour, other)
    this.#remember(mac, { flavour: other, fetchedAt: undefined })
    return other
  }

  noteFetched(mac: string, flavour: LoaderFlavour): void {
    this.#remember(mac, { flavour, fetchedAt: this.#deps.elapsed() })
  }

  /** It asked for its script: the loader runs and its network works. */
  noteCalledBack(mac: string): void {
    const memory = this.#memories.get(mac)
    if (memory !== undefined) memory.fetchedAt = undefined
  }

  #remember(mac: string, memory: Memory): void {
    this.#memories.delete(mac)
    this.#memories.set(mac, memory)
    if (this.#memories.size <= MAX_REMEMBERED) return
    const [oldest] = this.#memories.keys()
    this.#memories.delete(oldest!)
  }
}

/** A machine with Secure Boot on refuses both unsigned ones, and then gets the signed one. */
function next(flavour: LoaderFlavour, isUefi: boolean): LoaderFlavour {
  switch (flavour) {
    case 'snponly':
      return 'ipxe'
    case 'ipxe':
      return isUefi ? 'shim' : 'snponly'
    case 'shim':
      return 'snponly'
  }
}
