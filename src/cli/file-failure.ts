// What the system says of a file that a person named, as a failure that they can act on.
import { AppError } from '../contract/errors.ts'

/** Failures of the system by their code (ENOENT, EACCES, ENOSPC …); of threads that write, too. Anything else goes on as it is. */
export async function tellFileFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError || !(error instanceof Error) || !('code' in error)) throw error
    if (typeof error.code !== 'string' || !/^E[A-Z]{2,}$/.test(error.code)) throw error
    throw new AppError('CLI_FILE_FAILED', error.message, hintFor(error.code), { cause: error })
  }
}

function hintFor(code: string): string {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'Free space there, or name another place; a raw or qcow2 export goes on where it stopped.'
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'Run it as a user who may use this file, or name another.'
    default:
      return 'Look at the path with `ls -l`, then try again.'
  }
}
