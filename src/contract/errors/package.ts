// Failures around software packages: what is brought, what is wanted together, what is in the image.
export const PACKAGE_ERRORS = {
  PACKAGE_NOT_FOUND: { status: 404, exit: 66 },
  PACKAGE_INVALID: { status: 422, exit: 65 },
  PACKAGE_VERSION_EXISTS: { status: 409, exit: 65 },
  PACKAGE_IN_USE: { status: 409, exit: 75 },
  PACKAGES_CONFLICT: { status: 422, exit: 65 },
  PACKAGES_TOO_TANGLED: { status: 422, exit: 65 },
  PACKAGE_VERIFY_FAILED: { status: 500, exit: 74 },
} as const
