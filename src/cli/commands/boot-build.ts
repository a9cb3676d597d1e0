// platen boot build
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Additions, BootBuildProgress } from '../../../boot/index.ts'
import { cacheFolder } from '../../appliance/folders.ts'
import { loadFolders } from '../../appliance/load-settings.ts'
import { AppError } from '../../contract/errors.ts'
import type { Architecture } from '../../contract/values.ts'
import { ARCHITECTURE_OPTION, architectureOf, describeBuild } from '../boot-words.ts'
import { defineCommand, JSON_OPTION, type ProgressUpdate } from '../command.ts'

export const bootBuild = defineCommand({
  name: 'boot build',
  summary:
    'Build loaders, kernel and initrd from the locked packages, as a new build beside the older ones. Quick when nothing changed.',
  words: [],
  options: {
    ...ARCHITECTURE_OPTION,
    'boot-dir': { type: 'string', value: 'DIR', description: 'Where builds are kept. Default: as `platen serve` finds it.' },
    config: { type: 'string', value: 'FILE', description: 'Settings as YAML, for the folder. Default: /etc/platen/platen.yaml.' },
    with: { type: 'string', value: 'FOLDER', description: 'A variant: with what the boot.yaml in this folder adds.' },
    'no-use': { type: 'boolean', description: 'Only build it; the one in use stays.' },
    'cache-dir': {
      type: 'string',
      value: 'DIR',
      description: 'Downloads and compressed layers. Default: boot-inputs in .cache beside the program, or in /var/cache/platen.',
    },
    mirror: { type: 'string', value: 'URL', description: 'Another Debian mirror.' },
    'update-lock': {
      type: 'boolean',
      description: 'Take the newest packages and write them into the lock file; with --with, into boot.lock.json of that folder.',
    },
    ...JSON_OPTION,
  },
  examples: [
    'platen boot build',
    'platen boot build --architecture arm64 --boot-dir /srv/boot',
    'platen boot build --with ./storage-cards --no-use',
  ],

  async run({ values }, context) {
    const architecture = architectureOf('boot build', values)
    const { environment } = context
    const { bootDir } = loadFolders({ file: values.config, environment, flags: { 'boot-dir': values['boot-dir'] } })
    const { buildBootOs } = await import('../../../boot/index.ts')
    const { openBootBuilds } = await import('../../appliance/boot-folder.ts')
    const { actAsOwnerOf } = await import('../../appliance/own-user.ts')
    actAsOwnerOf(bootDir)
    const builds = await openBootBuilds(bootDir)
    const additions = values.with === undefined ? undefined : await additionsIn(resolve(values.with), architecture)
    const existing = builds.list().filter((each) => each.architecture === architecture)
    const { record, artefacts } = await buildBootOs({
      architecture,
      existing: existing.map((build) => ({
        record: build,
        read: (name) => buffer(builds.openFile(build, name)).catch(() => undefined),
      })),
      cacheDir: values['cache-dir'] ?? join(cacheFolder(), 'boot-inputs'),
      updateLock: values['update-lock'],
      ...(additions !== undefined && { additions }),
      ...(values.mirror !== undefined && { mirror: values.mirror }),
      onProgress: (progress) => context.out.progress(updateOf(progress)),
    })
    const added = await builds.add(record, (name) => Readable.from([artefacts.get(name)!]), { use: !values['no-use'] })
    const view = builds.view(added.build)
    context.out.print(values.json ? JSON.stringify(view, undefined, 2) : describeBuild(view))
  },
})

async function additionsIn(folder: string, architecture: Architecture): Promise<Additions> {
  const { refuseOtherArchitecture } = await import('../../../boot/index.ts')
  const { loadBootAdditions } = await import('../../appliance/boot-folder.ts')
  const loaded = await loadBootAdditions(folder)
  if (loaded.kind === 'bad') {
    const told = loaded.problems.map(({ line, reason }) => `boot.yaml${line === undefined ? '' : `:${line}`}: ${reason}`)
    throw new AppError('BOOT_ADDITIONS_INVALID', `${folder}: ${told.join('; ')}`, 'Mend it, then build again. Nothing was built.')
  }
  const { name, packages = [], modules = [], files, lockPath, architectures } = loaded.additions
  refuseOtherArchitecture(architecture, architectures, name)
  return { name, packages, modules, files, lockPath }
}

function updateOf({ stage, detail, doneBytes, totalBytes }: BootBuildProgress): ProgressUpdate {
  const percent = doneBytes === undefined || !totalBytes ? undefined : (100 * doneBytes) / totalBytes
  return { percent, text: `${stage}: ${detail}` }
}
