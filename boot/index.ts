// The door of the boot OS recipe: build it, plain or with additions, take Debian packages for other uses.
export { type Additions, refuseOtherArchitecture } from './additions.ts'
export { buildAgentImage } from './agent-image.ts'
export { type BuildBootOsOptions, type BuiltBootOs, buildBootOs } from './build.ts'
export { type CpioEntry, encodeCpio } from './cpio.ts'
export { type DebianArchive, fetchArchives, unpackArchives } from './debian/archives.ts'
export { DEFAULT_MIRROR } from './debian/suite.ts'
export { type BootLock, readLock } from './lock.ts'
export type { BootBuildProgress, ReportProgress } from './progress.ts'
