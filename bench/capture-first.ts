// First capture of a disk into an empty store, against partclone | zstd -3 to a file.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { evict } from './imaging/filled-disk.ts'
import { benchOptions, median, round } from './imaging/options.ts'
import { OurAppliance, ourCapture, type StepRun } from './imaging/ours.ts'
import { type PeerResult, peerCapture } from './imaging/peer.ts'
import { finish, forEachCase, storedBytesIn } from './imaging/scene.ts'
import { say } from './imaging/shell.ts'
import { compareSpeed } from './imaging/speed.ts'

const options = benchOptions()

const cases = await forEachCase(options, async ({ filesystem, work, filled }) => {
  const disk = await filled()
  const ours: (StepRun & { readonly storedBytes: number; readonly applianceCpuSeconds: number })[] = []
  const peers: PeerResult[] = []
  for (let run = 1; run <= options.runs; run++) {
    await evict(disk)
    const peer = await peerCapture(disk, filesystem, join(work, 'peer.zst'))
    await rm(join(work, 'peer.zst'))
    say(
      `${filesystem} run ${run}: peer ${round(peer.seconds)} s, processor ${round(peer.cpuSeconds)} s, ${peer.storedBytes} bytes`,
    )
    peers.push(peer)

    await evict(disk)
    const appliance = await OurAppliance.start(join(work, 'data'))
    const capture = await ourCapture(appliance.url, disk)
    const applianceCpuSeconds = await appliance.stop()
    const storedBytes = await storedBytesIn(join(work, 'data'))
    await rm(join(work, 'data'), { recursive: true })
    say(
      `${filesystem} run ${run}: ours ${round(capture.seconds)} s, processor ${round(capture.cpuSeconds)} s in the agent and` +
        ` ${round(applianceCpuSeconds)} s in the appliance, ${storedBytes} bytes`,
    )
    ours.push({ ...capture, storedBytes, applianceCpuSeconds })
  }
  return {
    case: filesystem,
    ...compareSpeed(ours, peers, 1.0),
    // The other way round: how much smaller than the limit of 1.03 times the peer's size.
    sizeRatio: round((1.03 * peers[0]!.storedBytes) / ours[0]!.storedBytes, 4),
    sizeTarget: 1,
    storedTimesPeer: round(ours[0]!.storedBytes / peers[0]!.storedBytes, 4),
    applianceCpuSeconds: round(median(ours.map((run) => run.applianceCpuSeconds))),
  }
})
finish('capture-first', options, cases)
