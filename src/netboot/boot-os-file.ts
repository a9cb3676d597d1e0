// Where in the boot folder a file of the boot OS lies: of the build in use, or of a build by its number. Pure.
import type { Architecture } from '../contract/values.ts'

export interface BootOsPlace {
  readonly architecture: Architecture
  /** Below the boot folder. */
  readonly folder: string
  /** Inside of it. */
  readonly name: string
}

/** boot-os/x64/vmlinuz, boot-os/x64/3/vmlinuz. undefined: that is none. */
export function bootOsPlace(path: string): BootOsPlace | undefined {
  const [, architecture, number, name] = /^boot-os\/(x64|arm64)\/(?:([1-9]\d{0,8})\/)?([^/]+)$/.exec(path) ?? []
  if (architecture === undefined || name === undefined) return undefined
  const isOfBuild = number !== undefined
  return {
    architecture: architecture as Architecture,
    folder: isOfBuild ? `builds/${architecture}` : architecture,
    name: isOfBuild ? `${number}/${name}` : name,
  }
}
