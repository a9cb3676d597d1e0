// A machine on loopback that runs an SSH server and notes what it is told to do.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import ssh2 from 'ssh2'

export interface SshMachineOptions {
  readonly authorizedKey: string
  readonly user?: string
  /** hang-up: the connection breaks in mid-command, as in a restart. */
  readonly exit?: number | 'hang-up'
}

export class SshMachine implements AsyncDisposable {
  readonly commands: string[] = []
  readonly #server: ssh2.Server
  port = 0

  private constructor({ authorizedKey, user = 'root', exit = 'hang-up' }: SshMachineOptions) {
    const allowed = ssh2.utils.parseKey(authorizedKey)
    if (allowed instanceof Error) throw allowed
    const hostKey = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private
    this.#server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
      client.on('error', () => undefined)
      client.on('authentication', (context) => {
        const isKnown =
          context.method === 'publickey' &&
          context.username === user &&
          context.key.data.equals(allowed.getPublicSSH()) &&
          (context.signature === undefined || allowed.verify(context.blob!, context.signature, context.hashAlgo) === true)
        if (isKnown) context.accept()
        else context.reject(['publickey'])
      })
      client.on('session', (accept) => {
        accept().on('exec', (acceptExec, _reject, { command }) => {
          this.commands.push(command)
          const channel = acceptExec()
          if (exit === 'hang-up') return client.end()
          channel.stderr.write('no init system here\n')
          channel.exit(exit)
          channel.end()
        })
      })
    })
  }

  static async start(options: SshMachineOptions): Promise<SshMachine> {
    const machine = new SshMachine(options)
    machine.#server.listen(0, '127.0.0.1')
    await once(machine.#server, 'listening')
    machine.port = (machine.#server.address() as AddressInfo).port
    return machine
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
  }
}
