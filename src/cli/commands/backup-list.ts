// platen backup list: asks no appliance.
import { defineCommand, JSON_OPTION } from '../command.ts'

export const backupList = defineCommand({
  name: 'backup list',
  summary: 'The backups in a folder, the newest last.',
  words: ['<folder>'],
  options: JSON_OPTION,

  async run({ values, words }, { out }) {
    const { BackupFolder } = await import('../../appliance/backup/backup-folder.ts')
    const names = await new BackupFolder(words[0]!, {}).names()
    out.print(values.json ? JSON.stringify({ backups: names }, undefined, 2) : names.length === 0 ? 'none' : names.join('\n'))
  },
})
