// Opens the desk of composite bundles: the things of this room and those of others in one table, and the routes.
import type { FastifyPluginAsync } from 'fastify'
import type { Finding } from '../../contract/doctor.ts'
import type { State } from '../../store/index.ts'
import type { BootBuildService } from '../boot-build/boot-builds.ts'
import { bundleRoutes } from '../http/bundle-routes.ts'
import { ManifestReader } from '../image/manifest-reader.ts'
import type { Profiles } from '../profile/profiles.ts'
import { bootBuildThing } from './boot-build-thing.ts'
import { Bundles, type BundlesDeps, type KnownKey } from './bundles.ts'
import { imageThing, tagThing } from './image-things.ts'
import type { BundleThing } from './kind.ts'
import { packageThing } from './package-thing.ts'
import { profileThing } from './profile-thing.ts'

/** What comes from the other rooms. */
export interface BundleDeskDeps {
  readonly state: State
  /** Nodes, classes and the like. */
  readonly things: readonly BundleThing[]
  /** By which this appliance signs. */
  readonly signer: BundlesDeps['signer']
  readonly programVersion: string
}

interface OwnDeps extends Pick<BundlesDeps, 'dataDir' | 'images' | 'packages' | 'clock' | 'log'> {
  readonly profilesDir: string
  readonly profiles: Profiles
  readonly bootBuilds: BootBuildService
}

export interface BundleDesk {
  /** Mounted inside the operator API, which authenticates. */
  readonly routes: FastifyPluginAsync
  diagnose(): readonly Finding[]
}

export async function openBundles(own: OwnDeps, { state, things, signer, programVersion }: BundleDeskDeps): Promise<BundleDesk> {
  const { profilesDir, images, packages, profiles, bootBuilds } = own
  const reader = new ManifestReader()
  const bundles = await Bundles.open({
    ...own,
    things: [
      imageThing({ images, reader }),
      tagThing(images),
      packageThing(packages),
      profileThing(profiles, profilesDir),
      bootBuildThing(bootBuilds),
      ...things,
    ],
    reader,
    signer,
    knownKeys: await state.collection<KnownKey>('bundle-keys'),
    programVersion,
  })
  return {
    routes: async (app) => {
      await app.register(bundleRoutes, { bundles })
    },
    diagnose: () => bundles.findings(),
  }
}
