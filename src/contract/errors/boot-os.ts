// Failures of the boot OS: its recipe, its builds, what is added to it.
export const BOOT_OS_ERRORS = {
  BOOT_OS_NOT_BUILT: { status: 409, exit: 69 },
  BOOT_OS_DOWNLOAD_FAILED: { status: 502, exit: 69 },
  BOOT_OS_SIGNATURE_BAD: { status: 502, exit: 65 },
  BOOT_OS_DIGEST_MISMATCH: { status: 502, exit: 65 },
  BOOT_OS_PACKAGE_UNKNOWN: { status: 500, exit: 65 },
  BOOT_OS_LOCK_INVALID: { status: 500, exit: 65 },
  BOOT_OS_FILE_MISSING: { status: 500, exit: 66 },
  BOOT_OS_TOO_LARGE: { status: 500, exit: 65 },
  BOOT_OS_TOOL_MISSING: { status: 500, exit: 69 },
  BOOT_OS_TOOL_FAILED: { status: 500, exit: 70 },
  BOOT_ADDITIONS_INVALID: { status: 422, exit: 65 },
  BOOT_BUILD_NOT_FOUND: { status: 404, exit: 66 },
  BOOT_BUILD_INVALID: { status: 422, exit: 65 },
  BOOT_BUILD_IN_USE: { status: 409, exit: 75 },
} as const
