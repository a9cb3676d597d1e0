// The door of this room: versioned content by digest (images and profiles), and what looks after it by the clock.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import type { Finding } from '../contract/doctor.ts'
import type { KnownKey, ManifestSigner } from '../contract/version-signature.ts'
import { type Clock, type Events, instantOf, type Log, type Operations } from '../store/index.ts'
import { BootBuildWatch } from './boot-build/boot-build-watch.ts'
import { type BootBuildService, BootBuilds, type BootBuildUse } from './boot-build/boot-builds.ts'
import { type BundleDesk, type BundleDeskDeps, openBundles } from './bundle/open-bundles.ts'
import { createExchange, type Exchange } from './exchange.ts'
import { bootBuildRoutes } from './http/boot-build-routes.ts'
import { chunkRoutes } from './http/chunk-routes.ts'
import { fileRoutes } from './http/file-routes.ts'
import { imageRoutes } from './http/image-routes.ts'
import { manifestRoutes } from './http/manifest-routes.ts'
import { agentNbdRoutes, nbdRoutes } from './http/nbd-routes.ts'
import { packageFileRoutes } from './http/package-file-routes.ts'
import { packageRoutes } from './http/package-routes.ts'
import { profileFileRoutes } from './http/profile-file-routes.ts'
import { profileRoutes } from './http/profile-routes.ts'
import { storeRoutes } from './http/store-routes.ts'
import { transferRoutes } from './http/transfer-routes.ts'
import { alsoFor } from './image/also-for.ts'
import { createImageService } from './image/create-image-service.ts'
import { catalogFindings } from './image/findings.ts'
import type { CaptureDesk, ImageStoreService, VersionUse } from './image/image-service.ts'
import type { ContentDesk } from './image/job-content.ts'
import { type ContentGate, ReadGate } from './image/read-gate.ts'
import { policyOf, RetentionTimer } from './image/retention-timer.ts'
import { StoreWatch } from './image/store-watch.ts'
import { VersionChecks } from './image/version-checks.ts'
import { ImageFilesReader } from './image-files/image-files.ts'
import { StartsOnDesk } from './image-files/starts-on-desk.ts'
import { type NbdConfig, NbdDesk } from './nbd/nbd-desk.ts'
import { packageFindings } from './package/findings.ts'
import { PackageBook } from './package/package-book.ts'
import { PackageRetention } from './package/package-retention.ts'
import { PackageWatch } from './package/package-watch.ts'
import { type PackageService, Packages, type PackageUse } from './package/packages.ts'
import { ProfileFileStore } from './profile/file-store.ts'
import { Profiles } from './profile/profiles.ts'

export type { BootBuildService } from './boot-build/boot-builds.ts'
export { digestOfBuild } from './boot-build/build.ts'
export { loadBootAdditions } from './boot-build/load-additions.ts'
export { openBootBuilds } from './boot-build/open-folder.ts'
export type { BundleThing, Need } from './bundle/kind.ts'
export { speaksOfSecrets, withoutCloudSecrets } from './bundle/leave-out.ts'
export type { BundleDesk } from './bundle/open-bundles.ts'
export type { Exchange } from './exchange.ts'
export { FolderLooks, stampOf } from './files/folder-looks.ts'
export { type LineProblem, type Mistake, parseYaml } from './files/parse-yaml.ts'
export type {
  CaptureAct,
  CaptureDesk,
  CaptureOrigin,
  ImageService,
  ImageStoreService,
  VersionThere,
} from './image/image-service.ts'
export type { ContentDesk, JobContent } from './image/job-content.ts'
export { notOfThisJob } from './image/job-content.ts'
export type { ContentGate } from './image/read-gate.ts'
export { checkPackageFolder } from './package/check-folder.ts'
export type { PackageService } from './package/packages.ts'
export { matchesModel, meets as meetsRelation, unfitFor } from './package/shelf.ts'
export { buildParts } from './profile/build-parts.ts'
export { checkProfileFolder } from './profile/check-folder.ts'
export type { Profiles } from './profile/profiles.ts'
export type { ProfileRevision } from './profile/revision.ts'
export { renderTemplate, templateMistake } from './template/engine.ts'

export interface LibraryConfig {
  /** Holds chunks/, manifests/, profile-files/, profile-revisions/, package-files/, package-versions/. Made when missing. */
  readonly dataDir: string
  /** The folder that people drop profiles into. */
  readonly profilesDir: string
  /** The folder that people drop packages into. Left out: packages/ in the data folder. */
  readonly packagesDir?: string
  /** How many versions of each package stay; neither said, none is removed by itself. */
  readonly packages?: { readonly keepLast?: number; readonly keepDays?: number }
  /** How often the chunk store is read and checked (0: never by itself), and how full is nearly full. Left out: 7 days, 90 percent. */
  readonly images?: {
    readonly scrubDays: number
    readonly fullPercent: number
    /** Versions that stay; neither said, nothing is removed by itself. */
    readonly keepLast?: number
    readonly keepDays?: number
  }
  /** Disks of versions by NBD. Left out: off. */
  readonly nbd?: NbdConfig
  /** Builds of the boot OS. Left out: boot/ in the data folder. */
  readonly bootDir?: string
  /** How many builds of each kind stay. Left out: 5. */
  readonly keepBootBuilds?: number
}

/** Asked by this room, answered by whoever knows nodes, classes and jobs: what may not go away. */
export interface LibraryUse extends VersionUse, PackageUse, BootBuildUse {
  /** Whether a job that has not ended builds with this revision of a profile. */
  buildsWith(profileRevision: string): boolean
}

export interface LibraryDeps {
  readonly use: LibraryUse
  /** Which capture an agent may publish. */
  readonly captures: CaptureDesk
  /** By which versions are signed when they are published. Left out: they are not. */
  readonly signer?: ManifestSigner
  /** Keys of others by which versions may be signed. Left out: none is known. */
  readonly knownKeys?: () => readonly KnownKey[]
  /** What an agent may read. */
  readonly contents: ContentDesk
  /** Where long work is told of, and called off. */
  readonly operations: Operations
  readonly clock: Clock
  readonly events: Events
  readonly log: Log
}

export interface Library {
  readonly images: ImageStoreService
  readonly profiles: Profiles
  readonly packages: PackageService
  /** Composite bundles, for whoever has the things of the other rooms, too. Finishes what was begun to be installed. */
  openBundles(deps: BundleDeskDeps): Promise<BundleDesk>
  readonly bootBuilds: BootBuildService
  /** Packages and profiles as they go from one appliance to another. */
  readonly exchange: Exchange
  /** Chunks and manifests for whoever that desk and that gate let in; mounted where requests say who asks as agentNodeId. */
  transferFor(who: { readonly captures: CaptureDesk; readonly gate: ContentGate }): FastifyPluginAsync
  /** Mounted inside the agent API and the operator API, which authenticate. */
  readonly agentRoutes: FastifyPluginAsync
  /** Mounted inside the API of running systems, which authenticates. */
  readonly runningNodeRoutes: FastifyPluginAsync
  readonly operatorRoutes: FastifyPluginAsync
  /** What is wrong with what is kept. */
  diagnose(): readonly Finding[]
  /** Loads the profiles and begins to watch them; scrubs and removes old versions by the clock from now on. */
  start(): Promise<void>
  stop(): Promise<void>
}

export async function openLibrary(config: LibraryConfig, deps: LibraryDeps): Promise<Library> {
  const { dataDir } = config
  const { use, captures, contents, operations, clock, events, log } = deps
  const images = createImageService(
    { dataDir },
    {
      now: () => instantOf(clock.now()),
      use,
      ...(deps.signer && { signer: deps.signer }),
      ...(deps.knownKeys && { knownKeys: deps.knownKeys }),
      onPublished: (view) => void startsOn.begin(view),
    },
  )
  for (const { path, reason } of images.damaged()) log.error({ code: 'IMAGE_RECORD_DAMAGED', path }, `${path}: ${reason}`)
  const profiles = new Profiles({
    folder: config.profilesDir,
    store: await ProfileFileStore.open(dataDir),
    memoryPath: join(dataDir, 'state', 'profiles.json'),
    isUsed: (revision) => use.buildsWith(revision),
    clock,
    events,
    log,
  })
  // What was on its way when the appliance went down.
  await rm(join(dataDir, 'package-incoming'), { recursive: true, force: true })
  const book = await PackageBook.open(dataDir)
  const packages = new Packages({ book, use, clock, events })
  for (const { path, reason } of packages.damaged()) log.error({ path }, `${path}: ${reason}`)
  const packageWatch = new PackageWatch({
    folder: config.packagesDir ?? join(dataDir, 'packages'),
    packages,
    memoryPath: join(dataDir, 'state', 'packages.json'),
    clock,
    log,
  })
  const packageRetention = new PackageRetention({ packages, policy: config.packages ?? {}, clock, log })
  const gate = new ReadGate({ images, contents })
  const storeWatch = await StoreWatch.open({
    scrub: (run) =>
      operations.run({ kind: 'store-scrub', title: 'every chunk of the store' }, (handle) => images.scrub(alsoFor(handle, run))),
    space: () => images.space(),
    clock,
    events,
    log,
    memoryPath: join(dataDir, 'state', 'scrub.json'),
    ...(config.images ?? { scrubDays: 7, fullPercent: 90 }),
  })
  const versionChecks = new VersionChecks({ images, operations, clock, log })
  const imageFiles = new ImageFilesReader(images)
  const startsOn = new StartsOnDesk({ images, files: imageFiles, log })
  const bootBuilds = await BootBuilds.open(config.bootDir ?? join(dataDir, 'boot'), use, (error) =>
    log.error({ err: error }, 'the boot folder could not be looked at'),
  )
  const bootBuildWatch = new BootBuildWatch({ builds: bootBuilds, keepLast: config.keepBootBuilds ?? 5, clock, log })
  const nbd = new NbdDesk(config.nbd, { images, clock, log })
  const retention = new RetentionTimer({ images, policy: policyOf(config.images ?? {}), clock, log })

  return {
    images,
    profiles,
    packages,
    openBundles: (more) =>
      openBundles({ dataDir, profilesDir: config.profilesDir, images, packages, profiles, bootBuilds, clock, log }, more),
    bootBuilds,
    exchange: createExchange({ packages, book, profiles, profilesDir: config.profilesDir }),
    transferFor:
      ({ captures, gate }) =>
      async (app) => {
        await app.register(chunkRoutes, { images, captures, gate })
        await app.register(manifestRoutes, { images, captures, gate })
      },
    diagnose: () => [...catalogFindings(images.damaged()), ...packageFindings(packages.damaged())],
    runningNodeRoutes: async (app) => {
      await app.register(packageFileRoutes, { packages, contents, whoAsks: ({ runningNodeId }) => runningNodeId })
    },
    agentRoutes: async (app) => {
      await app.register(profileFileRoutes, { profiles, contents })
      await app.register(packageFileRoutes, { packages, contents, whoAsks: ({ agentNodeId }) => agentNodeId })
      await app.register(chunkRoutes, { images, captures, gate })
      await app.register(manifestRoutes, { images, captures, gate })
      await app.register(agentNbdRoutes, { nbd, contents })
    },
    operatorRoutes: async (app) => {
      await app.register(profileRoutes, { profiles })
      await app.register(packageRoutes, { packages, watch: packageWatch, incomingDir: join(dataDir, 'package-incoming') })
      await app.register(imageRoutes, { images, startsOn, versionChecks, operations })
      await app.register(transferRoutes, { images })
      await app.register(nbdRoutes, { nbd })
      await app.register(fileRoutes, { imageFiles })
      await app.register(storeRoutes, { storeWatch })
      await app.register(bootBuildRoutes, { bootBuilds })
    },
    async start() {
      await profiles.start()
      await nbd.start()
      await packageWatch.start()
      packageRetention.start()
      bootBuildWatch.start()
      storeWatch.start()
      retention.start()
    },
    async stop() {
      await nbd.stop()
      await startsOn.stop()
      await bootBuildWatch.stop()
      await storeWatch.stop()
      await versionChecks.stop()
      await retention.stop()
      await profiles.stop()
      await packageWatch.stop()
      await packageRetention.stop()
    },
  }
}
