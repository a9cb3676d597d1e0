// First capture of a disk into an empty store, against partclone | zstd -3 to a file.
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { attach, evict, filledDisk } from './imaging/filled-disk.ts'
import { benchOptions, median, round } from './imaging/options.ts'
import { OurAppliance, ourCapture, type StepRun } from './imaging/ours.ts'
import { type PeerResult, peerCapture } from './imaging/peer.ts'
import { say, sh } from './imaging/shell.ts'

const options = benchOptions()
const cases = []

for (const filesystem of options.cases) {
  const disk = await attach(await filledDisk(options, filesystem), options.sizeBytes)
  const work = await mkdtemp(join(options.cacheDir, 'work-'))
  const ours: (StepRun & { readonly storedBytes: number; readonly applianceCpuSeconds: number })[] = []
  const peers: PeerResult[] = []
  try {
    for (let run = 0; run < options.runs; run++) {
      await evict(disk)
      const peer = await peerCapture(disk, filesystem, join(work, 'peer.zst'))
      await rm(join(work, 'peer.zst'))
      say(
        `${filesystem} run ${run + 1}: peer ${round(peer.seconds)} s, ${peer.storedBytes} bytes stored, processor ${round(peer.cpuSeconds)} s`,
      )
      peers.push(peer)

      await evict(disk)
      const appliance = await OurAppliance.start(join(work, 'data'))
      const capture = await ourCapture(appliance.url, disk)
      const applianceCpuSeconds = await appliance.stop()
      const storedBytes = Number(await sh(`find ${work}/data -type f -printf '%s\\n' | awk '{ sum += $1 } END { print sum }'`))
      await rm(join(work, 'data'), { recursive: true })
      say(
        `${filesystem} run ${run + 1}: ours ${round(capture.seconds)} s, ${storedBytes} bytes stored, processor: agent ${round(capture.cpuSeconds)} s, appliance ${round(applianceCpuSeconds)} s`,
      )
      ours.push({ ...capture, storedBytes, applianceCpuSeconds })
    }
  } finally {
    await disk.detach()
    await rm(work, { recursive: true, force: true })
  }
  const [ourSeconds, peerSeconds] = [median(ours.map((run) => run.seconds)), median(peers.map((run) => run.seconds))]
  cases.push({
    case: filesystem,
    ourSeconds: round(ourSeconds),
    peerSeconds: round(peerSeconds),
    speedRatio: round(peerSeconds / ourSeconds),
    speedTarget: 1.0,
    sizeRatio: round(ours[0]!.storedBytes / peers[0]!.storedBytes, 4),
    sizeTarget: 1.03,
    readMBPerSecond: round((ours[0]!.transfer.bytesRead ?? 0) / 1e6 / ourSeconds, 0),
    ourCpuSeconds: round(median(ours.map((run) => run.cpuSeconds + run.applianceCpuSeconds))),
    peerCpuSeconds: round(median(peers.map((run) => run.cpuSeconds))),
    agentMemoryMiB: Math.max(...ours.map((run) => run.maxMemoryMiB)),
  })
}
process.stdout.write(`${JSON.stringify({ bench: 'capture-first', sizeBytes: options.sizeBytes, runs: options.runs, cases })}\n`)
