// Back to the version before on a disk where 5 % of the files differ, against a full restore by partclone.
import { join } from 'node:path'
import { unpackDisk } from '../src/imaging/manifest-codec.ts'
import { compressedDifference } from './imaging/difference.ts'
import { evict, replaceFiles, withMount } from './imaging/filled-disk.ts'
import { benchOptions, round } from './imaging/options.ts'
import { OurAppliance, ourCapture, ourDeploy, type StepRun } from './imaging/ours.ts'
import { type PeerResult, peerCapture, peerRestore } from './imaging/peer.ts'
import { finish, forEachCase } from './imaging/scene.ts'
import { say } from './imaging/shell.ts'
import { compareSpeed } from './imaging/speed.ts'

const options = benchOptions()

const cases = await forEachCase(options, async ({ filesystem, work, copy, filled }) => {
  const disk = await copy()
  const appliance = await OurAppliance.start(join(work, 'data'))
  await ourCapture(appliance.url, disk)
  const image = join(work, 'peer.zst')
  await peerCapture(disk, filesystem, image)
  await withMount(disk.partition, filesystem, (at) => replaceFiles(at, 0.05, 1))
  await ourCapture(appliance.url, disk)
  const [first, second] = [await appliance.version(1), await appliance.version(2)]
  const known = (await appliance.tableIds())[0]
  await evict(disk)
  const { extents } = unpackDisk((await appliance.manifest(1)).disks[0]!)
  const differenceBytes = await compressedDifference((await filled()).file, disk.path, extents)
  const ours: StepRun[] = []
  const peers: PeerResult[] = []
  for (let run = 1; run <= options.runs; run++) {
    await evict(disk)
    ours.push(await ourDeploy(appliance.url, disk, first, known))
    await ourDeploy(appliance.url, disk, second, known)
    await evict(disk)
    peers.push(await peerRestore(disk, image))
    await ourDeploy(appliance.url, disk, second, known)
    const own = ours.at(-1)!
    say(
      `${filesystem} run ${run}: peer ${round(peers.at(-1)!.seconds)} s, ours ${round(own.seconds)} s,` +
        ` received ${own.transfer.bytesReceived} bytes, wrote ${own.transfer.bytesWritten}`,
    )
  }
  await appliance.stop()
  return {
    case: filesystem,
    ...compareSpeed(ours, peers, 6),
    // How much less travels than the limit of 1.3 times what differs, compressed.
    receivedRatio: round((1.3 * differenceBytes) / (ours[0]!.transfer.bytesReceived ?? 0)),
    receivedTarget: 1,
    differenceBytes,
    bytesReceived: ours[0]!.transfer.bytesReceived,
    bytesWritten: ours[0]!.transfer.bytesWritten,
  }
})
finish('roll-back', options, cases)
