// Central and blank sites, each in a network namespace behind a line of its own that is shaped: bytes on each line against the content that it
// lacks, as it is stored; seconds to the last site against the line's own limit; the memory of central. A version comes to blank sites, then an update of a part.
//   npm run bench -- sites --sites 20 --size-gb 2 --update 5 --mbit 100        needs root
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
    sites: { type: 'string', default: '20' },
    'size-gb': { type: 'string', default: '2' },
    update: { type: 'string', default: '5' },
    mbit: { type: 'string', default: '100' },
    'cache-dir': { type: 'string', default: '/var/tmp/platen-bench' },
  },
})
const [count, mbit, percent] = [Number(values.sites), Number(values.mbit), Number(values.update)]
const sizeBytes = Math.round(Number(values['size-gb']) * 1000) * 1_000_000
const TARGETS = { bytes: 1 / 1.05, seconds: 1 / 1.15, memoryBytes: 400e6 }

await sh(`mkdir -p ${values['cache-dir']}`)
const work = await mkdtemp(join(values['cache-dir'], 'sites-'))
const lines = new SiteLines(count, mbit)
const programs: Program[] = []
try {
  const central = await startCentral(work, lines)
  programs.push(central)
  const disk = join(work, 'disk.raw')
  await fillDisk(disk, sizeBytes)
  await central.platen(`image import ${disk} --name web --format raw --include-unknown`)
  await central.define(lines.names)
  for (const name of lines.names) programs.push(await startSite(work, lines, name))
  const sites = programs.slice(1)
  say(`${count} blank sites are up`)

  const first = await measure('first', await central.addedBytes('web', 1), async () => {
    await Promise.all(
      sites.map(async (site) => site.platen(`join ${lines.centralUrl(site.name)} --code ${await central.codeFor(site.name)}`)),
    )
  })
  await changeDisk(disk, sizeBytes, percent)
  const update = await measure('update', 0, async () => {
    await central.platen(`image import ${disk} --name web --format raw --include-unknown`)
  })
  const peakBytes = await central.peakBytes()
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
  const figures = { sites: count, sizeBytes, mbit, percent, first, update, centralPeakBytes: peakBytes }
  process.stdout.write(`${JSON.stringify({ bench: 'sites', ratios, targets, ...figures })}\n`)

  /** idealBytes 0: what the newest version added. */
  async function measure(what: string, idealBytes: number, begin: () => Promise<void>) {
    const before = await lines.sentBytes()
    let startedMs = performance.now()
    await begin()
    // Importing at central is no part of the way to the sites.
    const versions = await central.versions('web')
    const newest = versions.at(-1)!
    if (what === 'update') startedMs = performance.now()
    await Promise.all(sites.map((site) => site.until('web', newest.version)))
    const seconds = (performance.now() - startedMs) / 1000
    const after = await lines.sentBytes()
    const ideal = idealBytes || newest.addedBytes
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
  for (const program of programs) await program.stop()
  lines[Symbol.dispose]()
  await rm(work, { recursive: true, force: true })
}
