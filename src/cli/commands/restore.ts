// platen restore: asks no appliance; none may run on the folder.
import { join } from 'node:path'
import { usage } from '../arguments.ts'
import { FOLDER_OPTIONS, foldersOf, IDENTITY_OPTION, identitiesOf } from '../backup-words.ts'
import { defineCommand, JSON_OPTION } from '../command.ts'
import { tellFileFailures } from '../file-failure.ts'

export const restore = defineCommand({
  name: 'restore',
  summary: 'Put a backup back into a data folder: all of it, or nothing.',
  words: ['<folder>'],
  options: {
    at: { type: 'string', value: 'NAME', description: 'Which one, as `platen backup list` names it. Default: the newest.' },
    replace: { type: 'boolean', description: 'The data folder may hold something: it is put aside, as a folder beside it.' },
    ...IDENTITY_OPTION,
    ...FOLDER_OPTIONS,
    'profiles-dir': {
      type: 'string',
      value: 'DIR',
      description: 'Where profiles go that lay outside of the data folder. Default: profiles/ in the data folder.',
    },
    ...JSON_OPTION,
  },
  examples: ['platen restore /mnt/backup/platen --data-dir /var/lib/platen'],

  async run({ values, words }, context) {
    const { checkContent } = await import('../../winpe-agent/index.ts')
    const { out } = context
    const folder = words[0]!
    const { dataDir } = await foldersOf(values, context)
    const [{ BackupFolder }, { restoreBackup }, { lockDataDir }] = await Promise.all([
      import('../../appliance/backup/backup-folder.ts'),
      import('../../appliance/backup/restore-backup.ts'),
      import('../../appliance/data-dir-lock.ts'),
    ])
    const source = new BackupFolder(folder, { identities: await identitiesOf(values.identity) })
    const profilesDir = values['profiles-dir']
    const order = { at: values.at, dataDir, ...(profilesDir === undefined ? {} : { profilesDir }), replace: values.replace }
    if (profilesDir === dataDir) throw usage('restore', 'profiles need a folder of their own')
    const { list, aside } = await tellFileFailures(() =>
      restoreBackup(source, { ...order, lock: lockDataDir }, checkContent, (count, of) =>
        out.progress({ percent: (100 * count) / of, text: `writing, ${count} of ${of} files` }),
      ),
    )
    out.endProgress()
    const done = { dataDir, createdAt: list.createdAt, files: list.files.length, chunks: list.chunks.length, aside }
    if (values.json) return out.print(JSON.stringify(done, undefined, 2))
    out.print(`${dataDir} is as it was at ${list.createdAt}: ${done.files} files, ${done.chunks} chunks, secrets included`)
    if (list.files.some(({ path }) => path.startsWith('profiles/')))
      out.print(
        `profiles are in ${profilesDir ?? join(dataDir, 'profiles')}: start the appliance with --profiles-dir when that is another folder than before`,
      )
    for (const path of aside) out.print(`what was there is in ${path}`)
  },
})
