// Capture after 5 % of the files were replaced, against partclone | zstd -3, which reads and writes everything again.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { evict, replaceFiles, withMount } from './imaging/filled-disk.ts'
import { benchOptions, round } from './imaging/options.ts'
import { OurAppliance, ourCapture, type StepRun } from './imaging/ours.ts'
import { type PeerResult, peerCapture } from './imaging/peer.ts'
import { finish, forEachCase, storedBytesIn } from './imaging/scene.ts'
import { say } from './imaging/shell.ts'
import { compareSpeed } from './imaging/speed.ts'

const options = benchOptions()

const cases = await forEachCase(options, async ({ filesystem, work, copy }) => {
  const disk = await copy()
  const data = join(work, 'data')
  const appliance = await OurAppliance.start(data)
  await ourCapture(appliance.url, disk)
  const ours: StepRun[] = []
  const peers: PeerResult[] = []
  let [grownBytes, changedBytesInAll, worstGrowth] = [0, 0, 0]
  for (let run = 1; run <= options.runs; run++) {
    const before = await storedBytesIn(data)
    // Another twentieth of the files each time.
    const changedBytes = await withMount(disk.partition, filesystem, (at) => replaceFiles(at, 0.05, run))
    await evict(disk)
    const peer = await peerCapture(disk, filesystem, join(work, 'peer.zst'))
    await rm(join(work, 'peer.zst'))
    peers.push(peer)
    await evict(disk)
    const capture = await ourCapture(appliance.url, disk)
    ours.push(capture)
    const grown = (await storedBytesIn(data)) - before
    grownBytes += grown
    changedBytesInAll += changedBytes
    worstGrowth = Math.max(worstGrowth, grown / changedBytes)
    say(
      `${filesystem} run ${run}: peer ${round(peer.seconds)} s, ours ${round(capture.seconds)} s; changed files ${changedBytes} bytes` +
        ` compressed, store grew by ${grown}, sent ${capture.transfer.bytesSent}`,
    )
  }
  await appliance.stop()
  return {
    case: filesystem,
    ...compareSpeed(ours, peers, 6),
    // How much less the store grows than the limit of 1.3 times the compressed change. Of all runs together: a twentieth
    // of the files is sometimes nearly nothing, and then the filesystem's own tables are all there is.
    growthRatio: round((1.3 * changedBytesInAll) / grownBytes),
    growthTarget: 1,
    grownTimesChange: round(grownBytes / changedBytesInAll),
    // Of the run that was the worst, mostly one with thousands of small files: twice the compressed change.
    worstGrowthRatio: round(2 / worstGrowth),
    worstGrowthTarget: 1,
  }
})
finish('capture-again', options, cases)
