// Eight readers of chunks over loopback: our batches against nginx with the same files, each server on one core.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../test/fakes/free-port.ts'
import { benchOptions, median, round } from './imaging/options.ts'
import { OurAppliance, ourCapture } from './imaging/ours.ts'
import { finish, forEachCase } from './imaging/scene.ts'
import { say, sh, timed } from './imaging/shell.ts'
import { program } from './rig/programs.ts'

const READERS = 8
const BATCH = 32
const options = { ...benchOptions(), cases: ['ext4' as const] }

const cases = await forEachCase(options, async ({ work, filled }) => {
  const data = join(work, 'data')
  const capturing = await OurAppliance.start(data)
  await ourCapture(capturing.url, await filled())
  await capturing.stop()
  const files = (await readdir(join(data, 'chunks'), { recursive: true })).filter((name) => name.endsWith('.zst'))
  const bytes = Number(await sh(`du -sb ${data}/chunks | cut -f1`)) * READERS
  await sh(`find ${data}/chunks -type f -exec cat {} + > /dev/null`)

  const ours: number[] = []
  const theirs: number[] = []
  for (let run = 1; run <= options.runs; run++) {
    const nginx = await startNginx(work, join(data, 'chunks'))
    theirs.push(await rate(bytes, () => read(READERS, (reader) => nginxReader(work, nginx.url, shuffled(files, reader), reader))))
    await nginx.stop()

    const appliance = await OurAppliance.start(data, ['taskset', '-c', '0'])
    // One batch, so that its threads are up: an appliance runs for weeks.
    await sh(await ourReader(work, appliance.url, files.slice(0, BATCH), READERS))
    ours.push(await rate(bytes, () => read(READERS, (reader) => ourReader(work, appliance.url, shuffled(files, reader), reader))))
    await appliance.stop()
    say(`run ${run}: nginx ${round(theirs.at(-1)!, 0)} MB/s, ours ${round(ours.at(-1)!, 0)} MB/s`)
  }
  return {
    case: '8-readers',
    ourMBPerSecond: round(median(ours), 0),
    nginxMBPerSecond: round(median(theirs), 0),
    nginxRatio: round(median(ours) / median(theirs)),
    nginxTarget: 0.5,
    tenGigabitRatio: round(median(ours) / 1200),
    tenGigabitTarget: 1,
  }
})
finish('serve', options, cases)

async function rate(bytes: number, work: () => Promise<void>): Promise<number> {
  return bytes / 1e6 / (await timed(work)).seconds
}

async function read(readers: number, command: (reader: number) => Promise<string>): Promise<void> {
  const commands = await Promise.all(Array.from({ length: readers }, (_, reader) => command(reader)))
  // On the other core: what they take the server does not lack.
  await sh(`${commands.map((each) => `taskset -c 1 ${each} & pids="$pids $!"`).join('\n')}\nfor pid in $pids; do wait $pid; done`)
}

/** Every reader in an order of its own: they do not read the same chunk at the same moment. */
function shuffled(files: readonly string[], reader: number): string[] {
  const from = Math.floor((files.length * reader) / READERS)
  return [...files.slice(from), ...files.slice(0, from)]
}

async function nginxReader(work: string, url: string, files: readonly string[], reader: number): Promise<string> {
  const config = join(work, `nginx-reader-${reader}`)
  await writeFile(config, files.map((file) => `url = "${url}/${file}"\noutput = "/dev/null"\n`).join(''))
  return `curl --silent --fail --config ${config}`
}

async function ourReader(work: string, url: string, files: readonly string[], reader: number): Promise<string> {
  const digests = files.map((file) => file.slice(3, -'.zst'.length))
  const parts: string[] = []
  for (let at = 0; at < digests.length; at += BATCH) {
    const body = join(work, `batch-${reader}-${at}`)
    await writeFile(body, JSON.stringify({ digests: digests.slice(at, at + BATCH) }))
    parts.push(
      `url = "${url}/agent/v1/chunks/fetch"\nheader = "content-type: application/json"\ndata-binary = "@${body}"\noutput = "/dev/null"\n`,
    )
  }
  const config = join(work, `reader-${reader}`)
  await writeFile(config, parts.join('next\n'))
  return `curl --silent --fail --config ${config}`
}

async function startNginx(work: string, root: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const port = await freePort()
  const config = join(work, 'nginx.conf')
  await writeFile(
    config,
    `daemon off; worker_processes 1; pid ${work}/nginx.pid; error_log stderr crit; user root;
     events { worker_connections 64; }
     http { access_log off; sendfile on; tcp_nopush on; server { listen 127.0.0.1:${port}; root ${root}; } }`,
  )
  const { path, env } = program('nginx', 'nginx')
  const words = ['-c', '0', path, '-e', 'stderr', '-c', config, '-p', work]
  const child: ChildProcess = spawn('taskset', words, { stdio: 'ignore', env: { ...process.env, ...env } })
  await sh(`for i in $(seq 100); do curl --silent --output /dev/null http://127.0.0.1:${port}/ && break; sleep 0.1; done`)
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}
