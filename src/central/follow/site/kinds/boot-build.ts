// Builds of the boot OS: the record, signed by central, then the files that no build here has. Kept whole or not at all; the one that comes is the one
// that machines boot from then on, unless somebody asks for another.
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BootBuildRecord } from '../../../../contract/boot-build.ts'
import type { FollowedItem } from '../../../../contract/central/follow.ts'
import { AppError } from '../../../../contract/errors.ts'
import { type BootBuildService, digestOfBuild } from '../../../../library/index.ts'
import { fetchFile } from '../fetch-file.ts'
import type { ItemKind } from './kind.ts'

type Builds = Pick<BootBuildService, 'list' | 'add'>

export function bootBuildKind(builds: Builds): ItemKind {
  return {
    has: ({ digest }) => builds.list().some((each) => each.digest === digest),
    async bring(item, { link, signal, folder }) {
      const path = `/boot-builds/${item.name}/${item.version}`
      const record = await link.signed('boot-build', BootBuildRecord, { path, signal })
      if (record === undefined || record.architecture !== item.name || digestOfBuild(record) !== item.digest) throw differs(item)
      const own = join(folder, item.digest)
      const fetchArtefact = async (name: string): Promise<string> => {
        const { digest, sizeBytes } = record.artefacts.find((each) => each.name === name)!
        return fetchFile(link, own, { path: `${path}/files/${digest}`, digest, sizeBytes }, signal)
      }
      // Before it is added: nobody else's change of the boot folder waits for a line.
      const here = new Set(builds.list().flatMap(({ artefacts }) => artefacts.map(({ digest }) => digest)))
      for (const { name, digest } of record.artefacts) if (!here.has(digest)) await fetchArtefact(name)
      const how = { use: true, number: Number(item.version) }
      await builds.add(record, async (name) => createReadStream(await fetchArtefact(name)), how)
      await rm(own, { recursive: true, force: true })
    },
  }
}

function differs({ name, version, digest }: FollowedItem): AppError {
  return new AppError(
    'SITE_CONTENT_DIFFERS',
    `what came as build ${version} of the boot OS for ${name} is not what ${digest.slice(0, 12)} names`,
    'It is fetched again by itself. If it stays, central and this appliance are of different versions.',
  )
}
