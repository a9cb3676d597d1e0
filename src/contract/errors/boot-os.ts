// Failures of the boot OS recipe: packages, locks, the build.
export const BOOT_OS_ERRORS = {
  BOOT_OS_NOT_BUILT: { status: 409, exit: 69 },
} as const
