// The door of the boot OS recipe: build it, build only its agent, read what was built, take Debian packages for other uses.
export { buildAgentImage } from './agent-image.ts'
export { type BuildBootOsOptions, buildAgent, buildBootOs } from './build.ts'
export { readBuildRecord, requireBuildRecord } from './build-record.ts'
export { type CpioEntry, encodeCpio } from './cpio.ts'
export { type DebianArchive, fetchArchives, unpackArchives } from './debian/archives.ts'
export { DEFAULT_MIRROR } from './debian/suite.ts'
export { type BootLock, readLock } from './lock.ts'
export type { BootBuildProgress, ReportProgress } from './progress.ts'
