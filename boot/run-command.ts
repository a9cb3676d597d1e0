// Starts the few programs that a build needs. Touches processes; nothing else in boot/ does.
import { execa } from 'execa'
import { AppError } from '../src/contract/errors.ts'

/** Debian package that brings a program, for the hint when it is missing. */
const PACKAGE_OF: Readonly<Record<string, string>> = {
  gpgv: 'gpgv debian-archive-keyring',
  xz: 'xz-utils',
  'dpkg-deb': 'dpkg',
  tar: 'tar',
}

/** Standard output as bytes; a failure carries what the program said. */
export async function runCommand(program: string, args: readonly string[], cwd?: string): Promise<Buffer> {
  try {
    const { stdout } = await execa(program, args, {
      encoding: 'buffer',
      maxBuffer: 1024 ** 3,
      ...(cwd === undefined ? {} : { cwd }),
    })
    return Buffer.from(stdout)
  } catch (cause) {
    throw commandFailed(program, cause)
  }
}

function commandFailed(program: string, cause: unknown): AppError {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
    return new AppError(
      'BOOT_OS_TOOL_MISSING',
      `the boot OS build needs the program "${program}", which is not installed`,
      `Install it: apt-get install ${PACKAGE_OF[program] ?? program}`,
      { cause },
    )
  }
  const said =
    cause instanceof Error && 'stderr' in cause
      ? Buffer.from(cause.stderr as Uint8Array)
          .toString()
          .trim()
      : ''
  return new AppError(
    'BOOT_OS_TOOL_FAILED',
    `${program} failed: ${said.split('\n').at(-1) || String(cause)}`,
    'Run the build again; if it fails at the same place, remove the cache folder and try once more.',
    { cause },
  )
}
