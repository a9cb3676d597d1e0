// Failures around profiles: the folder, its file, its components.
export const PROFILE_ERRORS = {
  PROFILE_NOT_FOUND: { status: 404, exit: 66 },
  PROFILE_INVALID: { status: 422, exit: 65 },
} as const
