// Runs a profile's scripts, in the boot OS or inside the image. Starts whatever they are; mounts /proc, /sys and /dev for those inside.
import { mkdir, open, rmdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { ScriptRun } from '../machine.ts'
import { pathInside } from '../steps/inside.ts'
import { runCommand, superviseCommand } from './run-command.ts'

/** Where scripts that run inside the image find the profile's files while they run. */
const FILES_INSIDE = '/.platen-files'
/** The boot OS's own search path would miss the image's programs. */
const INSIDE = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LC_ALL: 'C.UTF-8',
  TERM: 'linux',
}

export async function runBeside(script: ScriptRun): Promise<void> {
  const [file, ...args] = await interpreted(script.path, script.path)
  await runLogged(file, args, script)
}

/** With /proc, /sys and /dev as an installer inside expects them, and the profile's files at FILES_INSIDE. */
export async function runInside(script: ScriptRun, filesDirectory: string, root: string): Promise<void> {
  const inside = join(FILES_INSIDE, script.path.slice(filesDirectory.length))
  const mounts: [string, string[]][] = [
    ['/proc', ['-t', 'proc', 'proc']],
    ['/sys', ['--rbind', '/sys']],
    ['/dev', ['--rbind', '/dev']],
    [FILES_INSIDE, ['--bind', filesDirectory]],
  ]
  const done: string[] = []
  const quiet = { signal: AbortSignal.timeout(60_000) }
  try {
    for (const [at, args] of mounts) {
      const path = await pathInside(root, at)
      await mkdir(path, { recursive: true })
      await runCommand('mount', [...args, path], { signal: script.signal })
      done.unshift(path)
      await runCommand('mount', ['--make-rslave', path], { signal: script.signal })
    }
    const { PLATEN_OUTPUT: output } = script.environment
    const outputInside = output === undefined ? {} : { PLATEN_OUTPUT: join(FILES_INSIDE, output.slice(filesDirectory.length)) }
    const environment = {
      ...script.environment,
      ...INSIDE,
      ...outputInside,
      PLATEN_TARGET: '/',
      PLATEN_FILES: FILES_INSIDE,
    }
    const command = await interpreted(script.path, inside)
    // Not chroot: the program is looked for in the image's search path, where the boot OS has only util-linux.
    await runLogged('unshare', [`--root=${root}`, '--wd=/', ...command], { ...script, environment, cleanEnvironment: true })
  } finally {
    for (const path of done) await superviseCommand('umount', ['--recursive', path], quiet)
    await rmdir(join(root, FILES_INSIDE)).catch(() => undefined)
  }
}

/** A script without a first line #! is one for sh. */
async function interpreted(path: string, seenAs: string): Promise<[string, ...string[]]> {
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return buffer.toString('latin1') === '#!' ? [seenAs] : ['sh', seenAs]
  } finally {
    await file.close()
  }
}

type LoggedRun = ScriptRun & { readonly cleanEnvironment?: boolean }

async function runLogged(file: string, args: readonly string[], { path, ...options }: LoggedRun): Promise<void> {
  const end = await superviseCommand(file, args, options)
  if (end.exitCode === 0) return
  throw new AppError(
    'AGENT_SCRIPT_FAILED',
    [`${basename(path)} failed: ${end.problem ?? `exit code ${end.exitCode}`}`, ...end.lastLines].join('\n'),
    'The lines above are the last that it printed. Mend the script, then post the job again.',
  )
}
