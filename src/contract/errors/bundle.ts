// Failures around composite bundles: what is put together, brought, checked and installed.
export const BUNDLE_ERRORS = {
  BUNDLE_INVALID: { status: 422, exit: 65 },
  BUNDLE_FORMAT_NEWER: { status: 422, exit: 65 },
  BUNDLE_SIGNATURE_WRONG: { status: 422, exit: 65 },
  BUNDLE_KEY_UNKNOWN: { status: 403, exit: 77 },
  BUNDLE_CONFLICT: { status: 409, exit: 65 },
  BUNDLE_PLACE_READ_ONLY: { status: 409, exit: 77 },
  BUNDLE_NOT_FOUND: { status: 404, exit: 66 },
  BUNDLE_SELECTION_UNKNOWN: { status: 404, exit: 66 },
  BUNDLE_UNFINISHED: { status: 500, exit: 75 },
} as const
