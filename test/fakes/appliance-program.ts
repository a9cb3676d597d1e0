// The appliance as people start it: `platen serve` in a process of its own, that is told to stop or is killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from './free-port.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/platen')
/** For machines that boot over loopback: no address there is a machine's own. */
const FOR_LOOPBACK_MACHINES = [process.execPath, join(import.meta.dirname, 'loopback-serve-process.ts')]

/** Returns when it is up. `inside`: words before the program's own, as those that enter a network namespace. */
export async function serve(
  words: readonly string[],
  inside: readonly string[] = [],
  program: readonly string[] = [PROGRAM, 'serve'],
): Promise<ChildProcess> {
  const [command, ...rest] = [...inside, ...program, ...words]
  const child = spawn(command!, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    if (!line.includes('appliance is up')) continue
    // What it says later is for nobody, and must not fill the pipe.
    child.stdout.resume()
    return child
  }
  throw new Error(`the appliance ended before it was up:\n${said.join('\n')}`)
}

/** How it ended: [0, null] when it was told to and all went well. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<unknown[]> {
  if (child.exitCode !== null || child.signalCode !== null) return [child.exitCode, child.signalCode]
  const exit = once(child, 'exit')
  child.kill(signal)
  return exit
}

/** One that serves no DHCP, on loopback; starts again and again with the state and the ports that it had. */
export class ApplianceProgram implements AsyncDisposable {
  readonly url: string
  readonly #dataDir: string
  readonly #words: readonly string[]
  readonly #bootsMachines: boolean
  #child: ChildProcess | undefined

  private constructor(httpPort: number, dataDir: string, words: readonly string[], bootsMachines: boolean) {
    this.url = `http://127.0.0.1:${httpPort}`
    this.#dataDir = dataDir
    this.#words = words
    this.#bootsMachines = bootsMachines
  }

  /** In the folder: `data`, and `profiles` if there are any. `words`: further options of `platen serve`. */
  static async start(folder: string, words: readonly string[] = [], { bootsMachines = false } = {}): Promise<ApplianceProgram> {
    const [httpPort, dataDir] = [await freePort(), join(folder, 'data')]
    const network = ['--interface', 'lo', '--dhcp-mode', 'off', '--http-listen', '127.0.0.1', '--https-listen', '127.0.0.1']
    const ports = [
      '--http-port',
      String(httpPort),
      '--https-port',
      String(await freePort()),
      '--tftp-port',
      String(await freeUdpPort()),
    ]
    const folders = ['--data-dir', dataDir, '--profiles-dir', join(folder, 'profiles')]
    const program = new ApplianceProgram(httpPort, dataDir, [...network, ...ports, ...folders, ...words], bootsMachines)
    await program.restart()
    return program
  }

  get tokenFile(): string {
    return join(this.#dataDir, 'secrets', 'operator-token')
  }

  get token(): string {
    return readFileSync(this.tokenFile, 'utf8').trim()
  }

  async restart(): Promise<void> {
    this.#child = await serve(this.#words, [], this.#bootsMachines ? FOR_LOOPBACK_MACHINES : undefined)
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<unknown[]> {
    return end(this.#child!, signal)
  }

  /** kill -9; returns when it is gone. */
  async kill(): Promise<void> {
    await this.end('SIGKILL')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}
