// Builds of the boot OS in a composite bundle: the record, and its files. A build keeps its number, by which classes and nodes ask for it. Which
// one is in use is for the appliance that takes it to say; where it has none of that kind, the new one is. Touches the boot folder.
import { createReadStream } from 'node:fs'
import { BootBuildRecord } from '../../contract/boot-build.ts'
import type { BundleEntry } from '../../contract/bundle.ts'
import type { Architecture } from '../../contract/values.ts'
import type { BootBuildService } from '../boot-build/boot-builds.ts'
import { type BootBuild, digestOfBuild, problemOf } from '../boot-build/build.ts'
import { conflict } from './image-things.ts'
import type { BundleThing, Standing } from './kind.ts'

export function bootBuildThing(builds: Pick<BootBuildService, 'list' | 'get' | 'filePath' | 'add'>): BundleThing {
  const standingOf = ({ name, value }: Pick<BundleEntry, 'name' | 'value'>): Standing => {
    const { architecture, number } = parsed(name)
    const digest = digestOfBuild(value as BootBuildRecord)
    const before = builds.get(architecture, number)
    if (before?.digest === digest) return { kind: 'equal' }
    if (before !== undefined) return { kind: 'conflict', because: `build ${number} for ${architecture} is another one here` }
    const ofType = builds.list().filter((each) => each.architecture === architecture)
    const same = ofType.find((each) => each.digest === digest)
    if (same !== undefined)
      return { kind: 'conflict', because: `${name} is here as build ${same.number}: its number means another one there` }
    const highest = Math.max(0, ...ofType.map((each) => each.number))
    return highest > number
      ? {
          kind: 'conflict',
          because: `builds for ${architecture} are numbered up to ${highest} here: ${number} is not given any more`,
        }
      : { kind: 'new' }
  }
  return {
    kind: 'boot-build',
    schema: BootBuildRecord,
    names: () => builds.list().map(nameOf),
    async take(name) {
      const { architecture, number } = parsed(name)
      const build = builds.get(architecture, number)
      if (build === undefined) return undefined
      const { number: _number, digest: _digest, ...record } = build
      const files = build.artefacts.map((each) => ({
        digest: each.digest,
        sizeBytes: each.sizeBytes,
        path: builds.filePath(build, each.name),
      }))
      return { value: record, files }
    },
    async faultOf({ name, value, files = [] }) {
      const record = value as BootBuildRecord
      const fault = problemOf(record)
      if (fault !== undefined) return fault
      if (!NAME.test(name) || parsed(name).architecture !== record.architecture) return 'it is called otherwise than it is'
      const carried = new Map(files.map(({ digest, sizeBytes }) => [digest, sizeBytes]))
      const lost = record.artefacts.find(({ digest, sizeBytes }) => carried.get(digest) !== sizeBytes)
      return lost === undefined ? undefined : `its file ${lost.name} is not there`
    },
    standing: async (entry) => standingOf(entry),
    async put(entry, staged) {
      const standing = standingOf(entry)
      if (standing.kind === 'conflict') throw conflict(standing.because)
      if (standing.kind === 'equal') return
      const record = entry.value as BootBuildRecord
      const digests = new Map(record.artefacts.map(({ name, digest }) => [name, digest]))
      const open = (name: string) => createReadStream(staged.filePath(digests.get(name)!))
      await builds.add(record, open, { number: parsed(entry.name).number })
    },
  }
}

const NAME = /^(x64|arm64)@[1-9]\d{0,8}$/

const nameOf = ({ architecture, number }: BootBuild): string => `${architecture}@${number}`

function parsed(name: string): { readonly architecture: Architecture; readonly number: number } {
  const [architecture, number] = name.split('@')
  return { architecture: architecture as Architecture, number: Number(number) }
}
