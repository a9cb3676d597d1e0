// platen boot show
import { BOOT_OPTIONS, bootTargetOf, describeBuild } from '../boot-words.ts'
import { defineCommand } from '../command.ts'

export const bootShow = defineCommand({
  name: 'boot show',
  summary: 'Show the boot OS that is there: its files, and every package that it was made from, with digests.',
  words: [],
  options: BOOT_OPTIONS,

  async run({ values }, context) {
    const { architecture, bootDir } = bootTargetOf('boot show', values, context)
    const { requireBuildRecord } = await import('../../../boot/index.ts')
    const record = await requireBuildRecord(bootDir, architecture)
    context.out.print(values.json ? JSON.stringify(record, undefined, 2) : describeBuild(record, bootDir))
  },
})
