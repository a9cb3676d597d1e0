// A program for the workshop: puts together what lies on the partitions of all disks with the agent's own means, and asks each filesystem's
// own check, as captures and verifies do. Says a line a filesystem.
import { readdirSync, readFileSync } from 'node:fs'
import type { Disk } from '../../src/contract/inventory.ts'
import { isMapped } from '../../src/winpe-agent/imaging/fit-to-copy.ts'
import { lookAtStacks } from '../../src/winpe-agent/imaging/look-at-stacks.ts'
import { withMembers } from '../../src/winpe-agent/imaging/used-members.ts'
import { linuxImaging } from '../../src/winpe-agent/tools/block-device.ts'

const SECTOR = 512
const run = { signal: AbortSignal.timeout(800_000), log: console.log }

const disks = readdirSync('/sys/block')
  .filter((name) => /^vd[a-z]$/.test(name))
  .map((name) => ({ disk: { devicePath: `/dev/${name}` } as Disk, members: partitionsOf(name) }))

await withMembers(disks, linuxImaging, async (partitions) => {
  const { leaves } = await lookAtStacks(partitions, { takesWhole: true, sectorBytes: SECTOR })
  for (const { name, space, signature, wholeBecause } of leaves) {
    if (wholeBecause !== undefined || signature.kind !== 'known' || !isMapped(signature.content)) continue
    const { kind, ...more } = await linuxImaging.checkFilesystemOf(space.device, signature.content, 'quick', run)
    console.log(`asked: ${name}: ${kind} ${JSON.stringify(more)}`)
  }
})

/** memberOf matters for what is taken whole alone. */
function partitionsOf(disk: string) {
  const numberIn = (path: string) => Number(readFileSync(`/sys/block/${disk}/${path}`, 'utf8'))
  return readdirSync(`/sys/block/${disk}`)
    .filter((name) => name.startsWith(disk))
    .map((name) => ({
      number: numberIn(`${name}/partition`),
      startBytes: numberIn(`${name}/start`) * SECTOR,
      sizeBytes: numberIn(`${name}/size`) * SECTOR,
      memberOf: 'md' as const,
    }))
}
