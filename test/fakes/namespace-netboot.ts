// The netboot room alone in a network namespace, as a program of its own. Root only.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { NetbootConfig } from '../../src/netboot/index.ts'

export interface NamespaceNetboot {
  /** Holds the lease journal, and whatever a test puts there. */
  readonly folder: string
  /** What it logged so far, line by line. */
  readonly lines: readonly string[]
  end(): Promise<void>
}

/** Returns when it is up. config: without the folders, which it gets. */
export async function serveNetbootIn(
  namespace: string,
  config: Omit<NetbootConfig, 'bootDir' | 'stateDir'>,
): Promise<NamespaceNetboot> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-netboot-'))
  await writeFile(join(folder, 'server.ts'), program({ ...config, bootDir: folder, stateDir: folder }))
  const words = ['netns', 'exec', namespace, process.execPath, join(folder, 'server.ts')]
  const server = spawn('ip', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  await new Promise<void>((up, failed) => {
    server.once('exit', () => failed(new Error('the server did not start')))
    createInterface({ input: server.stdout! }).on('line', (line) => (line === 'up' ? up() : lines.push(line)))
  })
  return { folder, lines, end: () => end(server, folder) }
}

async function end(server: ChildProcess, folder: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    server.kill('SIGTERM')
    await once(server, 'exit')
  }
  await rm(folder, { recursive: true })
}

function program(config: NetbootConfig): string {
  const door = new URL('../../src/netboot/index.ts', import.meta.url).href
  return `
import { createNetboot } from '${door}'
const say = (_fields, line) => console.log(line)
const policy = { mayBoot: () => true, bootAnswer: () => ({ kind: 'local-disk', methods: ['exit'] }) }
const netboot = createNetboot(${JSON.stringify(config)}, { policy, log: { info: say, warn: say } })
await netboot.start()
console.log('up')
process.on('SIGTERM', () => netboot.stop().then(() => process.exit(0)))
`
}
