// The image under construction, under Linux: where it is mounted, and archives into it. Starts tar; writes to the target.
import { mkdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline, Readable, type Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'
import type { TargetTools } from '../machine.ts'
import { pathInside } from '../steps/inside.ts'
import { mountPartition, unmountBelow } from './linux-mounts.ts'
import { runBeside, runInside } from './linux-scripts.ts'
import { asScriptsWrite, forgetBuild, onOneProcessor } from './repeatable-ext4.ts'
import { runCommand } from './run-command.ts'

/** statfs(2): FAT, exFAT. They keep neither ACLs nor extended attributes, and tar would say so for every file. */
const WITHOUT_ATTRIBUTES = [0x4d44, 0x2011bab0]
const TAR_FLAGS = ['--numeric-owner', '--preserve-permissions', '--xattrs', '--xattrs-include=*', '--acls']

/** Both directories below one that lies in memory. */
export function linuxTarget(baseDirectory: string): TargetTools {
  const directory = join(baseDirectory, 'target')
  const filesDirectory = join(baseDirectory, 'files')
  const repeatable = new Set<string>()
  let quietFlags: readonly string[] = []

  return {
    directory,
    filesDirectory,

    async mount(mounts, run) {
      await mkdir(directory, { recursive: true })
      await mkdir(filesDirectory, { recursive: true })
      for (const mount of mounts) {
        const kind = await mountPartition(mount, directory, run)
        if (kind === 'ext4') repeatable.add(mount.partitionPath)
        const { type } = await statfs(await pathInside(directory, mount.at))
        if (WITHOUT_ATTRIBUTES.includes(type)) quietFlags = ['--warning=no-xattr-write']
      }
    },

    async unmount(run) {
      await unmountBelow(directory, run)
      await rm(filesDirectory, { recursive: true, force: true })
      for (const partitionPath of repeatable) await forgetBuild(partitionPath, run)
      repeatable.clear()
      quietFlags = []
    },

    async extract(archive, name, into, run) {
      const { input, decompress } = unpacked(archive, name)
      const flags = [...TAR_FLAGS, ...quietFlags, ...decompress]
      const [file, args] = onOneProcessor('tar', ['--extract', '--file=-', ...flags, `--directory=${into}`])
      await runCommand(file, args, { ...run, input })
    },

    runScript: (script) =>
      asScriptsWrite(repeatable, script, () =>
        script.root === undefined ? runBeside(script) : runInside(script, filesDirectory, script.root),
      ),
  }
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
