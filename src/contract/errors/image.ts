// Failures around images: chunks, manifests, versions, plans.
export const IMAGE_ERRORS = {
  IMAGE_NOT_FOUND: { status: 404, exit: 66 },
  IMAGE_VERSION_NOT_FOUND: { status: 404, exit: 66 },
  IMAGE_DIGEST_MISMATCH: { status: 422, exit: 74 },
  IMAGE_DOES_NOT_FIT: { status: 422, exit: 65 },
  IMAGE_STORE_FULL: { status: 507, exit: 74 },
} as const
