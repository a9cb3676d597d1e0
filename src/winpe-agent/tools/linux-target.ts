// The image under construction, under Linux: mounts, archives, scripts. Starts mount, umount, tar, chroot; writes to the target.
import { mkdir, open, readFile, rm, rmdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline, Readable, type Transform } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'
import type { Mount, Run, ScriptRun, TargetTools } from '../machine.ts'
import { pathInside } from '../steps/inside.ts'
import { runCommand, superviseCommand } from './run-command.ts'

const UNMOUNT_TRIES = 20
const UNMOUNT_PAUSE_MS = 250
/** Where scripts that run inside the image find the profile's files while they run. */
const FILES_INSIDE = '/.platen-files'
/** The boot OS's own search path would miss the image's programs. */
const INSIDE = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LC_ALL: 'C.UTF-8',
  TERM: 'linux',
}

/** Both directories below one that lies in memory. */
export function linuxTarget(baseDirectory: string): TargetTools {
  const directory = join(baseDirectory, 'target')
  const filesDirectory = join(baseDirectory, 'files')

  return {
    directory,
    filesDirectory,

    async mount(mounts, run) {
      await mkdir(directory, { recursive: true })
      await mkdir(filesDirectory, { recursive: true })
      for (const mount of mounts) await mountPartition(mount, directory, run)
    },

    async unmount(run) {
      await unmountBelow(directory, run)
      await rm(filesDirectory, { recursive: true, force: true })
    },

    async extract(archive, name, into, run) {
      const flags = [
        '--extract',
        '--file=-',
        '--numeric-owner',
        '--preserve-permissions',
        '--xattrs',
        '--xattrs-include=*',
        '--acls',
      ]
      const { input, decompress } = unpacked(archive, name)
      await runCommand('tar', [...flags, ...decompress, `--directory=${into}`], { ...run, input })
    },

    runScript: (script) => (script.root === undefined ? runBeside(script) : runInside(script, filesDirectory, script.root)),
  }
}

async function mountPartition({ partitionPath, at }: Mount, root: string, run: Run): Promise<void> {
  const path = await pathInside(root, at)
  await mkdir(path, { recursive: true })
  run.log(`mounting ${partitionPath} at ${at}`)
  await runCommand('mount', [partitionPath, path], run)
}

/** Deepest first, until nothing is left; what a script left running inside may need a moment to end. */
async function unmountBelow(directory: string, run: Run): Promise<void> {
  for (let tries = 0; ; tries++) {
    const mounted = await mountsBelow(directory)
    if (mounted.length === 0) break
    let problem = ''
    for (const path of mounted) {
      const end = await superviseCommand('umount', [path], { signal: run.signal })
      if (end.exitCode !== 0) problem = end.lastLines.join(' ')
    }
    if (problem === '') continue
    if (tries === UNMOUNT_TRIES) {
      throw new AppError(
        'AGENT_COMMAND_FAILED',
        `the image cannot be unmounted: ${problem}`,
        'A script of the profile left a program running inside the image: end it in the script, then post the job again.',
      )
    }
    await pause(UNMOUNT_PAUSE_MS, undefined, { signal: run.signal })
  }
  await runCommand('sync', [], { signal: run.signal })
}

async function mountsBelow(directory: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mounts', 'utf8')).split('\n')
  const paths = lines.map((line) =>
    (line.split(' ')[1] ?? '').replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
  )
  return paths.filter((path) => path === directory || path.startsWith(`${directory}/`)).reverse()
}

/** gzip and zstd are Node's own; xz is tar's business. */
function unpacked(archive: ReadableStream<Uint8Array>, name: string): { input: Readable; decompress: string[] } {
  const source = Readable.fromWeb(archive as Parameters<typeof Readable.fromWeb>[0])
  if (/\.(tar\.xz|txz)$/.test(name)) return { input: source, decompress: ['--xz'] }
  if (/\.(tar\.zst|tzst)$/.test(name)) return { input: through(source, createZstdDecompress()), decompress: [] }
  if (/\.(tar\.gz|tgz)$/.test(name)) return { input: through(source, createGunzip()), decompress: [] }
  if (name.endsWith('.tar')) return { input: source, decompress: [] }
  throw new AppError(
    'AGENT_PATH_INVALID',
    `${name} is not an archive that can be extracted`,
    'Use .tar, .tar.gz, .tar.xz or .tar.zst.',
  )
}

/** An error of either ends both; the reader of the result is told. */
function through(source: Readable, transform: Transform): Readable {
  pipeline(source, transform, () => undefined)
  return transform
}

async function runBeside(script: ScriptRun): Promise<void> {
  const [file, ...args] = await interpreted(script.path, script.path)
  await runLogged(file, args, script)
}

/** With /proc, /sys and /dev as an installer inside expects them, and the profile's files at FILES_INSIDE. */
async function runInside(script: ScriptRun, filesDirectory: string, root: string): Promise<void> {
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
    const environment = { ...script.environment, ...INSIDE, PLATEN_TARGET: '/', PLATEN_FILES: FILES_INSIDE }
    const command = [root, ...(await interpreted(script.path, inside))]
    await runLogged('chroot', command, { ...script, environment, cleanEnvironment: true })
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
    "The lines above are the last that it printed. Mend the script in the profile's folder, then post the job again.",
  )
}
