// What of the library may not go away, because nodes, classes or jobs of this room need it. From memory.
import type { LibraryUse } from '../library/index.ts'
import type { JobBook } from './job/job-book.ts'
import type { NodeClasses } from './node/classes.ts'
import type { Nodes } from './node/nodes.ts'
import { useOfVersion } from './node/use-of-version.ts'
import { type BootModel, modelName, wantsBuild } from './wanted/boot-os.ts'
import type { WantedPackages } from './wanted/wanted-packages.ts'

interface VersionUseDeps {
  readonly nodes: Nodes
  readonly classes: NodeClasses
  readonly book: JobBook
  readonly bootModels: readonly BootModel[]
  readonly wantedPackages: Pick<WantedPackages, 'whoWants'>
}

export function versionUse({ nodes, classes, book, bootModels, wantedPackages }: VersionUseDeps): LibraryUse {
  return {
    useOf: (imageName, version) =>
      useOfVersion(
        { imageName, version },
        {
          nodes: nodes.list(),
          classes: classes.wanting({ imageName, version }),
          jobs: book.unended().map(({ id, request, pins }) => ({ id, image: request.image, version: pins.imageVersion })),
        },
      ),
    nodesWith: (imageName, version) =>
      nodes
        .list()
        .filter(({ installed }) => installed?.imageName === imageName && installed.version === version)
        .map(({ name }) => name),
    useOfPackage: (name, version) => {
      const job = book.unended().find(({ pins }) => pins.packages?.some((each) => each.name === name && each.version === version))
      if (job !== undefined) return `job ${job.id} installs it`
      const has = nodes
        .list()
        .find(({ installed, present }) =>
          [...(installed?.packages ?? []), ...(present?.packages ?? [])].some(
            (each) => each.name === name && each.version === version,
          ),
        )
      return has === undefined ? wantedPackages.whoWants(name, version) : `${has.name} has it`
    },
    whoWantsBoot: (build, isInUse) => [
      ...nodes
        .list()
        .filter(
          ({ inventory, wanted }) => inventory.architecture === build.architecture && wantsBuild(wanted?.bootOs, build, isInUse),
        )
        .map(({ name }) => `node ${name} wants it`),
      ...classes
        .list()
        .filter(({ bootOs }) => wantsBuild(bootOs, build, isInUse))
        .map(({ name }) => `class ${name} wants it`),
      ...bootModels.filter((rule) => wantsBuild(rule, build, isInUse)).map((rule) => `${modelName(rule)} want it`),
    ],
    buildsWith: (revision) => book.unended().some(({ pins }) => pins.profileRevision === revision),
  }
}
