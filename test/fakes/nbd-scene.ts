// An NBD server on loopback with one disk in memory that has an open name, and a clock that is moved by hand.
import type { NbdLimits } from '../../src/library/nbd/limits.ts'
import { DEFAULT_NBD_LIMITS } from '../../src/library/nbd/limits.ts'
import { NbdServer } from '../../src/library/nbd/server.ts'
import { NbdPeer } from './nbd-peer.ts'
import { SilentLog } from './silent-log.ts'
import { TestClock } from './test-clock.ts'

export const DISK = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7) % 251))
export const OPEN_NAME = 'open@1'
/** The store lacks what stands from here on. */
export const LOST_FROM = 90_000

export class NbdScene {
  readonly clock = new TestClock()
  readonly #server: NbdServer
  readonly #peers: NbdPeer[] = []

  private constructor(limits: Partial<NbdLimits>) {
    const disk = {
      title: OPEN_NAME,
      sizeBytes: DISK.length,
      read: async (from: number, to: number) => {
        if (to > LOST_FROM) throw new Error('a chunk is lost')
        return [DISK.subarray(from, to)]
      },
    }
    this.#server = new NbdServer({
      listen: '127.0.0.1',
      port: 0,
      limits: { ...DEFAULT_NBD_LIMITS, ...limits },
      exportsFor: () => ({ list: () => undefined, find: async (name) => (name === OPEN_NAME ? disk : undefined) }),
      clock: this.clock,
      log: new SilentLog(),
    })
  }

  static async start(limits: Partial<NbdLimits> = {}): Promise<NbdScene> {
    const scene = new NbdScene(limits)
    await scene.#server.start()
    return scene
  }

  async peer(localAddress?: string): Promise<NbdPeer> {
    const peer = await NbdPeer.open(this.#server.port, localAddress)
    this.#peers.push(peer)
    return peer
  }

  /** One that reads. */
  async reader(localAddress?: string): Promise<NbdPeer> {
    const peer = await this.peer(localAddress)
    await peer.greet()
    if (!(await peer.go(OPEN_NAME))) throw new Error('refused')
    return peer
  }

  async stop(): Promise<void> {
    for (const peer of this.#peers) peer.end()
    await this.#server.stop()
  }
}
