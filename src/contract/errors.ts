// Every failure that a person can meet, by stable code, with its HTTP status and exit code. Pure.
// docs/errors.md has one heading per code; a test compares both ways. A code is never used again for something else.
import { AGENT_ERRORS } from './errors/agent.ts'
import { APPLIANCE_ERRORS } from './errors/appliance.ts'
import { BACKUP_ERRORS } from './errors/backup.ts'
import { BOOT_OS_ERRORS } from './errors/boot-os.ts'
import { BUNDLE_ERRORS } from './errors/bundle.ts'
import { CENTRAL_ERRORS } from './errors/central.ts'
import { CLI_ERRORS } from './errors/cli.ts'
import { DIRECTORY_ERRORS } from './errors/directory.ts'
import { FOLLOW_ERRORS } from './errors/follow.ts'
import { IMAGE_ERRORS } from './errors/image.ts'
import { JOB_ERRORS } from './errors/job.ts'
import { NETBOOT_ERRORS } from './errors/netboot.ts'
import { NODE_ERRORS } from './errors/node.ts'
import { PACKAGE_ERRORS } from './errors/package.ts'
import { PEOPLE_ERRORS } from './errors/people.ts'
import { PROFILE_ERRORS } from './errors/profile.ts'

/** status: what HTTP answers. exit: what the CLI exits with (sysexits.h: 64 usage, 65 data, 66 no input, 69 unavailable …). */
export const ERROR_CODES = {
  ...NETBOOT_ERRORS,
  ...NODE_ERRORS,
  ...JOB_ERRORS,
  ...PROFILE_ERRORS,
  ...PACKAGE_ERRORS,
  ...IMAGE_ERRORS,
  ...BUNDLE_ERRORS,
  ...BACKUP_ERRORS,
  ...AGENT_ERRORS,
  ...BOOT_OS_ERRORS,
  ...APPLIANCE_ERRORS,
  ...PEOPLE_ERRORS,
  ...DIRECTORY_ERRORS,
  ...CENTRAL_ERRORS,
  ...FOLLOW_ERRORS,
  ...CLI_ERRORS,
} as const

export type ErrorCode = keyof typeof ERROR_CODES

/** message says what happened, with the values; hint says what to do next, with the command to type. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly hint: string

  constructor(code: ErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.hint = hint
  }
}
