// Software packages in a composite bundle: the record with its own digest, and the files that it names. Touches the kept packages.
import { open } from 'node:fs/promises'
import { Type } from 'typebox'
import { FileRef } from '../../contract/file-ref.ts'
import { Package } from '../../contract/package.ts'
import { Digest, Instant } from '../../contract/values.ts'
import { isWhole, type PackageRecord } from '../package/package-record.ts'
import type { Packages } from '../package/packages.ts'
import { conflict } from './image-things.ts'
import type { BundleThing } from './kind.ts'

const CarriedPackage = Type.Object(
  {
    kind: Type.Union([Type.Literal('folder'), Type.Literal('deb')]),
    description: Package,
    files: Type.Record(Type.String({ maxLength: 500 }), FileRef),
    digest: Digest,
    addedAt: Instant,
  },
  { additionalProperties: false },
)

export function packageThing(packages: Packages): BundleThing {
  const here = (record: PackageRecord): PackageRecord | undefined => recordOf(packages, nameOf(record))
  return {
    kind: 'package',
    schema: CarriedPackage,
    names: () => packages.list().flatMap(({ versions }) => versions.map(({ name, version }) => `${name}@${version}`)),
    async take(name) {
      const record = recordOf(packages, name)
      if (record === undefined) return undefined
      const files = Object.values(record.files).map(({ digest, sizeBytes }) => ({
        digest,
        sizeBytes,
        path: packages.contentPath(digest),
      }))
      return { value: record, files }
    },
    async faultOf({ name, value, files = [] }) {
      const record = value as PackageRecord
      if (name !== nameOf(record)) return 'it is called otherwise than it is'
      if (!isWhole(record)) return 'its digest is not that of what it says'
      const carried = new Map(files.map(({ digest, sizeBytes }) => [digest, sizeBytes]))
      const lost = Object.values(record.files).find(({ digest, sizeBytes }) => carried.get(digest) !== sizeBytes)
      return lost === undefined ? undefined : `its file ${lost.path} is not there`
    },
    async standing({ name, value }) {
      const record = value as PackageRecord
      const before = here(record)
      if (before?.digest === record.digest) return { kind: 'equal' }
      if (before !== undefined) return { kind: 'conflict', because: `${name} is here with other content` }
      const [newest] = packages.list().find((each) => each.name === record.description.name)?.versions ?? []
      const { order = 'semver' } = record.description
      if (newest === undefined || newest.order === order) return { kind: 'new' }
      return { kind: 'conflict', because: `${name} counts in the order ${order}, the versions here in the order ${newest.order}` }
    },
    async put({ value }, staged) {
      const record = value as PackageRecord
      const standing = await this.standing({ kind: 'package', name: nameOf(record), value })
      if (standing.kind === 'conflict') throw conflict(standing.because)
      if (standing.kind === 'new') await packages.bringRecord(record, (digest) => open(staged.filePath(digest), 'r'))
    },
  }
}

const nameOf = ({ description: { name, version } }: PackageRecord): string => `${name}@${version}`

function recordOf(packages: Packages, named: string): PackageRecord | undefined {
  const at = named.lastIndexOf('@')
  const [name, version] = [named.slice(0, at), named.slice(at + 1)]
  const isThere = packages
    .list()
    .find((each) => each.name === name)
    ?.versions.some((each) => each.version === version)
  return isThere ? packages.record(name, version) : undefined
}
