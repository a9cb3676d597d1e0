// A running system with the real platen-node script: its files in a folder, its /proc and /sys made up, run by a shell of the test's choice.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runningNodeFiles } from '../../src/orchestrator/running/node-files.ts'

export interface RunningSystemOptions {
  readonly shell: readonly string[]
  readonly applianceUrl: string
  readonly secret: string
  readonly serial?: string | undefined
  readonly record?: string | undefined
  readonly boot?: string
}

export class RunningSystem implements AsyncDisposable {
  readonly #root = mkdtempSync(join(tmpdir(), 'platen-system-'))
  readonly #shell: readonly string[]
  readonly #children: ChildProcess[] = []

  private constructor({ shell, serial, record, boot = 'boot-1' }: RunningSystemOptions) {
    this.#shell = shell
    this.put('proc/self/mountinfo', '24 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n')
    this.put('proc/sys/kernel/random/boot_id', `${boot}\n`)
    symlinkSync('/proc/uptime', join(this.#root, 'proc/uptime'))
    this.put('sys/devices/vda/vda1/partition', '1\n')
    if (serial !== undefined) this.put('sys/devices/vda/serial', `${serial}\n`)
    mkdirSync(join(this.#root, 'sys/dev/block'), { recursive: true })
    symlinkSync('../../devices/vda/vda1', join(this.#root, 'sys/dev/block/254:1'))
    if (record !== undefined) this.put('record.json', `${record}\n`)
  }

  static async open(options: RunningSystemOptions): Promise<RunningSystem> {
    const system = new RunningSystem(options)
    const { files } = await runningNodeFiles(options)
    const textOf = (end: string) => files.find(({ path }) => path.endsWith(end))!.text
    const at = (path: string) => join(system.#root, path)
    system.put('platen-node', textOf('/platen-node'))
    system.put('node.header', textOf('/node.header'))
    const own = {
      HEADER: at('node.header'),
      CA: at('ca.pem'),
      HEALTH: at('health.d'),
      RECORD: at('record.json'),
      RUN: at('run'),
      SYS: at('sys'),
      PROC: at('proc'),
      ROOT: at('root'),
      STAGE: at('stage'),
      CHECK: at('roll-out-check'),
    }
    const quick = { PATIENCE: '2', POLL: '5', RETRY: '1', BEAT: '1', RESTART: `"echo now >> ${at('restarted')}"` }
    const lines = Object.entries({ ...own, ...quick }).map(([name, value]) => `PLATEN_${name}=${value}\n`)
    system.put('node.conf', `${textOf('/node.conf')}${lines.join('')}`)
    return system
  }

  put(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(join(this.#root, path)), { recursive: true })
    writeFileSync(join(this.#root, path), text, { mode })
  }

  /** undefined: there is no such file. */
  read(path: string): string | undefined {
    const file = join(this.#root, path)
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined
  }

  get hasRestarted(): boolean {
    return existsSync(join(this.#root, 'restarted'))
  }

  /** Ends when the program lets the start go on. */
  async boot(): Promise<{ readonly code: number | null; readonly said: string }> {
    const child = this.#run('boot')
    let said = ''
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (bytes: Buffer) => (said += bytes.toString()))
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
    return { code, said }
  }

  stay(): void {
    this.#run('stay')
  }

  #run(when: 'boot' | 'stay'): ChildProcess {
    const [program = '', ...args] = this.#shell
    const env = { PATH: process.env.PATH ?? '', PLATEN_CONF: join(this.#root, 'node.conf') }
    // A group of its own: what the shell has started ends with it.
    const child = spawn(program, [...args, join(this.#root, 'platen-node'), when], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#children.push(child)
    return child
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const gone = new Promise((resolve) => child.on('close', resolve))
      process.kill(-child.pid!, 'SIGKILL')
      await gone
    }
    rmSync(this.#root, { recursive: true, force: true })
  }
}
