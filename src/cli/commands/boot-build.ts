// platen boot build
import { join } from 'node:path'
import type { BootBuildProgress } from '../../../boot/index.ts'
import { PROGRAM_DIR } from '../../appliance/folders.ts'
import { BOOT_OPTIONS, bootTargetOf, describeBuild } from '../boot-words.ts'
import { defineCommand, type ProgressUpdate } from '../command.ts'

export const bootBuild = defineCommand({
  name: 'boot build',
  summary: 'Build loaders, kernel and initrd from the locked packages. Quick when nothing changed.',
  words: [],
  options: {
    ...BOOT_OPTIONS,
    'cache-dir': {
      type: 'string',
      value: 'DIR',
      description: 'Downloads and compressed layers. Default: .cache/boot-inputs of the program.',
    },
    mirror: { type: 'string', value: 'URL', description: 'Another Debian mirror.' },
    'update-lock': { type: 'boolean', description: 'Take the newest packages and write them into the lock file.' },
  },
  examples: ['platen boot build', 'platen boot build --architecture arm64 --boot-dir /srv/boot'],

  async run({ values }, context) {
    const { architecture, bootDir } = bootTargetOf('boot build', values, context)
    const { buildBootOs } = await import('../../../boot/index.ts')
    const record = await buildBootOs({
      architecture,
      bootDir,
      cacheDir: values['cache-dir'] ?? join(PROGRAM_DIR, '.cache', 'boot-inputs'),
      updateLock: values['update-lock'],
      ...(values.mirror !== undefined && { mirror: values.mirror }),
      onProgress: (progress) => context.out.progress(updateOf(progress)),
    })
    context.out.print(values.json ? JSON.stringify(record, undefined, 2) : describeBuild(record, bootDir))
  },
})

function updateOf({ stage, detail, doneBytes, totalBytes }: BootBuildProgress): ProgressUpdate {
  const percent = doneBytes === undefined || !totalBytes ? undefined : (100 * doneBytes) / totalBytes
  return { percent, text: `${stage}: ${detail}` }
}
