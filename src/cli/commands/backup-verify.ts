// platen backup verify: asks no appliance.
import { IDENTITY_OPTION, identitiesOf } from '../backup-words.ts'
import { defineCommand, JSON_OPTION } from '../command.ts'
import { tellFileFailures } from '../file-failure.ts'

export const backupVerify = defineCommand({
  name: 'backup verify',
  summary: 'Read all of a backup and compare every digest.',
  words: ['<folder>'],
  options: {
    at: { type: 'string', value: 'NAME', description: 'Which one, as `platen backup list` names it. Default: the newest.' },
    ...IDENTITY_OPTION,
    ...JSON_OPTION,
  },
  examples: ['platen backup verify /mnt/backup/platen'],

  async run({ values, words }, { out }) {
    const { checkContent } = await import('../../winpe-agent/index.ts')
    const folder = words[0]!
    const [{ BackupFolder }, { verifyBackup }] = await Promise.all([
      import('../../appliance/backup/backup-folder.ts'),
      import('../../appliance/backup/restore-backup.ts'),
    ])
    const source = new BackupFolder(folder, { identities: await identitiesOf(values.identity) })
    const { createdAt, files, chunks } = await tellFileFailures(() =>
      verifyBackup(source, values.at, checkContent, (count, of) =>
        out.progress({ percent: (100 * count) / of, text: `reading, ${count} of ${of} files` }),
      ),
    )
    out.endProgress()
    const done = { createdAt, files: files.length, chunks: chunks.length }
    out.print(
      values.json
        ? JSON.stringify(done, undefined, 2)
        : `the backup of ${createdAt} is whole: ${files.length} files, ${chunks.length} chunks`,
    )
  },
})
