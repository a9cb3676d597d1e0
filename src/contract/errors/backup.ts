// Failures of backups: copying a data folder, and putting it back.
export const BACKUP_ERRORS = {
  BACKUP_CUT_NOT_FOUND: { status: 404, exit: 66 },
  BACKUP_DAMAGED: { status: 422, exit: 65 },
  BACKUP_FORMAT_NEWER: { status: 422, exit: 65 },
  BACKUP_KEY_WRONG: { status: 403, exit: 77 },
  BACKUP_NOT_FOUND: { status: 404, exit: 66 },
  BACKUP_TARGET_NOT_EMPTY: { status: 409, exit: 73 },
} as const
