// Deploy to a blank disk and its verification, against zstd -dc | partclone.restore; fsync counted on both sides.
import { join } from 'node:path'
import { evict } from './imaging/filled-disk.ts'
import { benchOptions, median, round } from './imaging/options.ts'
import { OurAppliance, ourCapture, ourDeploy, ourVerify, type StepRun } from './imaging/ours.ts'
import { type PeerResult, peerCapture, peerRestore } from './imaging/peer.ts'
import { finish, forEachCase } from './imaging/scene.ts'
import { say, sh } from './imaging/shell.ts'
import { compareSpeed, memoryOf } from './imaging/speed.ts'

const options = benchOptions()

const cases = await forEachCase(options, async ({ filesystem, work, filled, blank }) => {
  const source = await filled()
  const appliance = await OurAppliance.start(join(work, 'data'))
  await ourCapture(appliance.url, source)
  const image = join(work, 'peer.zst')
  await peerCapture(source, filesystem, image)
  const view = await appliance.version(1)
  const ours: StepRun[] = []
  const peers: PeerResult[] = []
  const verifies: StepRun[] = []
  for (let run = 1; run <= options.runs; run++) {
    const theirs = await blank()
    await sh(
      `sfdisk --dump ${source.path} | sfdisk --quiet --no-reread --no-tell-kernel ${theirs.path}; partx --update ${theirs.path}`,
    )
    await evictStore(join(work, 'data'), image)
    peers.push(await peerRestore(theirs, image))
    await sh(`truncate -s 0 ${theirs.file}`)

    const target = await blank()
    await evictStore(join(work, 'data'), image)
    ours.push(await ourDeploy(appliance.url, target, view))
    await evict(target)
    verifies.push(await ourVerify(appliance.url, target, view))
    await sh(`truncate -s 0 ${target.file}`)
    say(
      `${filesystem} run ${run}: peer ${round(peers.at(-1)!.seconds)} s, ours ${round(ours.at(-1)!.seconds)} s, verify ${round(verifies.at(-1)!.seconds)} s`,
    )
  }
  const both = ours.map((run, index) => ({ ...run, seconds: run.seconds + verifies[index]!.seconds }))
  const { speedRatio: withoutReadBackRatio } = compareSpeed(ours, peers, 1.2)
  const applianceCpuSeconds = await appliance.stop()
  return {
    case: filesystem,
    // As the product does it: a deploy is done when what was written has been read back. The peer does not read back.
    ...compareSpeed(both, peers, 1.2),
    withoutReadBackRatio,
    withoutReadBackTarget: 1.2,
    deploySeconds: round(median(ours.map((run) => run.seconds))),
    verifySeconds: round(median(verifies.map((run) => run.seconds))),
    applianceCpuSecondsInAll: round(applianceCpuSeconds),
    ...memoryOf([...ours, ...verifies]),
  }
})
finish('deploy-full', options, cases)

/** Neither side may find its image in memory. */
async function evictStore(data: string, image: string): Promise<void> {
  await sh(`sync; find ${data} ${image} -type f -exec dd if={} iflag=nocache count=0 status=none ';'`)
}
