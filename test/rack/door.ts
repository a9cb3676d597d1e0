// A way from this machine to the appliance's HTTP port inside the rack's network: no address and no route of this machine changes.
// A TCP port on loopback here, a Unix socket between the namespaces, a small process there. Touches sockets and one process.
import { existsSync } from 'node:fs'
import { createConnection, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { APPLIANCE_ADDRESS } from './network.ts'
import { OwnedProcess } from './owned-process.ts'
import { passOn } from './pass-on.ts'

const APPLIANCE_PORT = 8080

export class Door {
  readonly #server: Server
  readonly #inside: OwnedProcess

  private constructor(server: Server, inside: OwnedProcess) {
    this.#server = server
    this.#inside = inside
  }

  static async open(namespace: string, directory: string, address = APPLIANCE_ADDRESS): Promise<Door> {
    const path = join(directory, 'door')
    const script = join(import.meta.dirname, 'door-inside.ts')
    const inside = new OwnedProcess(process.execPath, [script, path, address, String(APPLIANCE_PORT)], {
      namespace,
      logFile: join(directory, 'door.log'),
    })
    for (let waited = 0; !existsSync(path); waited++) {
      if (waited > 200 || inside.ending !== undefined) throw new Error(`the door did not open: ${inside.tail()}`)
      await delay(50)
    }
    const server = createServer((socket) => passOn(socket, createConnection(path)))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    return new Door(server, inside)
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the door is closed')
    return `http://127.0.0.1:${address.port}`
  }

  async stop(): Promise<void> {
    this.#server.close()
    await this.#inside.stop()
  }
}
