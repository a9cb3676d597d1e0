// Central and blank sites, each in a network namespace behind a line of its own that is shaped: bytes on each line against the content that it
// lacks, as it is stored; seconds to the last site against the line's own limit; the memory of central. A version comes to blank sites, then an update of a part.
//   npm run bench -- sites --sites 20 --size-gb 2 --update 5 --mbit 100        needs root
//   npm run bench -- sites --quick                                             three sites, a tenth of the size: a first look
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { round } from './imaging/options.ts'
import { say, sh } from './imaging/shell.ts'
import { changeDisk, fillDisk } from './sites/disk.ts'
import { SiteLines } from './sites/lines.ts'
import { type Program, startCentral, startSite } from './sites/programs.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    sites: { type: 'string' },
    'size-gb': { type: 'string' },
    update: { type: 'string', default: '5' },
    mbit: { type: 'string', default: '100' },
    'cache-dir': { type: 'string', default: '/var/tmp/platen-bench' },
  },
})
const { quick } = values
const count = Number(values.sites ?? (quick ? 3 : 20))
const [mbit, percent] = [Number(values.mbit), Number(values.update)]
const sizeBytes = Math.round(Number(values['size-gb'] ?? (quick ? 0.2 : 2)) * 1000) * 1_000_000
const TARGETS = { bytes: 1 / 1.05, seconds: 1 / 1.15, memoryBytes: 400e6 }

await sh(`mkdir -p ${values['cache-dir']}`)
const work = await mkdtemp(join(values['cache-dir'], 'sites-'))
const lines = new SiteLines(count, mbit)
const programs: Program[] = []
const clearUp = async (): Promise<void> => {
  for (const program of programs.splice(0)) await program.stop()
  lines[Symbol.dispose]()
  await rm(work, { recursive: true, force: true })
}
// Whoever gives up leaves no namespaces behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void clearUp().finally(() => process.exit(130)))
try {
  const central = await startCentral(work, lines)
  programs.push(central)
  const disk = join(work, 'disk.raw')
  await fillDisk(disk, sizeBytes)
  await central.platen(`image import ${disk} --name web --format raw --as raw`)
  await central.define(lines.names)
  for (const name of lines.names) programs.push(await startSite(work, lines, name))
  const sites = programs.slice(1)
  say(`${count} blank sites are up`)

  const codes = new Map<string, string>()
  for (const { name } of sites) codes.set(name, await central.codeFor(name))
  const importPeakBytes = await central.peakBytes()
  await central.forgetPeak()
  const first = await measure('first', await central.addedBytes('web', 1), 1, async () => {
    const startedAtMs = Date.now()
    await Promise.all(sites.map((site) => site.join(lines.centralUrl(site.name), codes.get(site.name)!)))
    return startedAtMs
  })
  const peakBytes = await central.peakBytes()
  await changeDisk(disk, sizeBytes, percent)
  const update = await measure('update', undefined, 2, async () => {
    await central.platen(`image import ${disk} --name web --format raw --as raw`)
    // Bringing it to central is no part of the way to the sites.
    return Date.parse((await central.versions('web')).at(-1)!.createdAt)
  })
  const ratios = {
    'first bytes': first.bytesRatio,
    'first last site': first.secondsRatio,
    'update bytes': update.bytesRatio,
    'update last site': update.secondsRatio,
    'central memory': round(TARGETS.memoryBytes / peakBytes, 3),
  }
  const targets = {
    'first bytes': round(TARGETS.bytes, 3),
    'first last site': round(TARGETS.seconds, 3),
    'update bytes': round(TARGETS.bytes, 3),
    'update last site': round(TARGETS.seconds, 3),
    'central memory': 1,
  }
  const figures = { sites: count, sizeBytes, mbit, percent, first, update, centralPeakBytes: peakBytes, importPeakBytes }
  process.stdout.write(`${JSON.stringify({ bench: 'sites', ratios, targets, ...figures })}\n`)

  /** idealBytes left out: what the version added. begin gives when it began, in milliseconds since 1970. */
  async function measure(what: string, idealBytes: number | undefined, version: number, begin: () => Promise<number>) {
    const before = await lines.sentBytes()
    const startedAtMs = await begin()
    const endedAtMs = await Promise.all(sites.map((site) => site.until('web', version)))
    const seconds = (Math.max(...endedAtMs) - startedAtMs) / 1000
    const after = await lines.sentBytes()
    const ideal = idealBytes ?? (await central.addedBytes('web', version))
    const sent = lines.names.map((name) => after.get(name)! - before.get(name)!)
    const most = Math.max(...sent)
    const limitSeconds = (ideal * 8) / (mbit * 1e6)
    say(
      `${what}: ideal ${round(ideal / 1e6, 1)} MB, at most ${round(most / 1e6, 1)} MB on a line, ${round(seconds)} s (limit ${round(limitSeconds)} s)`,
    )
    return {
      idealBytes: ideal,
      mostBytes: most,
      seconds: round(seconds),
      limitSeconds: round(limitSeconds),
      bytesRatio: round(ideal / most, 3),
      secondsRatio: round(limitSeconds / seconds, 3),
    }
  }
} finally {
  await clearUp()
}
