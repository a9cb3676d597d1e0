// The builds in a boot folder, for a program that works there beside the appliance: it knows nobody who asks for one, and removes none.
import { type BootBuildService, BootBuilds } from './boot-builds.ts'

/** Throws what keeps it from being read or, where something of an older time lies there, from being written. */
export function openBootBuilds(bootDir: string): Promise<BootBuildService> {
  return BootBuilds.open(bootDir, { whoWantsBoot: () => [] }, (error) => {
    throw error
  })
}
