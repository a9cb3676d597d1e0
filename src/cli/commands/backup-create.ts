// platen backup create: copies the data folder of the appliance on this machine, while it runs or while it does not.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { BackupSource } from '../../appliance/backup/create-backup.ts'
import { AppError } from '../../contract/errors.ts'
import { usage } from '../arguments.ts'
import { FOLDER_OPTIONS, foldersOf, isInside } from '../backup-words.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { tellFileFailures } from '../file-failure.ts'
import { formatBytes } from '../format.ts'

export const backupCreate = defineCommand({
  name: 'backup create',
  summary:
    'Copy all that the appliance on this machine keeps, secrets included, as it is at one instant; it goes on running. What earlier backups there have is not copied again.',
  words: [],
  options: {
    to: { type: 'string', value: 'FOLDER', description: 'Where backups lie; made when it is missing, for its owner alone.' },
    recipient: {
      type: 'string',
      value: 'age1…',
      multiple: true,
      description: 'Encrypt all of it for this key of age. May be said several times.',
    },
    ...FOLDER_OPTIONS,
    ...API_OPTIONS,
  },
  examples: ['platen backup create --to /mnt/backup/platen', 'platen backup create --to /mnt/backup/platen --recipient age1…'],

  async run(input, context) {
    const { to, recipient, json } = input.values
    if (to === undefined) throw usage('backup create', 'backup create needs --to FOLDER')
    const { out } = context
    const { dataDir, profilesDir } = await foldersOf(input.values, context)
    if (!existsSync(join(dataDir, 'state')))
      throw new AppError('CLI_USAGE', `${dataDir} is no data folder of an appliance`, 'Name it with --data-dir DIR.')
    if (isInside(dataDir, to)) throw usage('backup create', `${to} lies in the data folder itself; name a folder elsewhere`)
    const [{ BackupFolder }, { createBackup }, { filesToCopy }, { lockDataDir }] = await Promise.all([
      import('../../appliance/backup/backup-folder.ts'),
      import('../../appliance/backup/create-backup.ts'),
      import('../../appliance/backup/cut.ts'),
      import('../../appliance/data-dir-lock.ts'),
    ])
    const beside = isInside(dataDir, profilesDir) ? {} : { profilesDir }
    const copy = (source: Pick<BackupSource, 'folder' | 'files'>) =>
      tellFileFailures(() =>
        createBackup(
          { dataDir, ...beside, ...source },
          new BackupFolder(to, { recipients: recipient }),
          new Date(),
          (count, of) => out.progress({ percent: (100 * count) / of, text: `copying and reading back, ${count} of ${of} files` }),
        ),
      )
    const unlock = await lockDataDir(dataDir).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'APPLIANCE_ALREADY_RUNNING') return undefined
      throw error
    })
    const done =
      unlock === undefined ? await whileItRuns() : await copy({ folder: dataDir, files: filesToCopy(dataDir) }).finally(unlock)
    out.endProgress()
    if (json) return out.print(JSON.stringify({ folder: to, ...done }, undefined, 2))
    const { name, files, chunks, newContents, newBytes } = done
    out.print(
      `backup ${name} is whole in ${to}: ${files} files, ${chunks} chunks; ${newContents} of them were new (${formatBytes(newBytes)})`,
    )
    out.print(
      recipient.length === 0 ? 'It holds secrets, readable for its owner alone; --recipient encrypts it.' : 'It is encrypted.',
    )

    async function whileItRuns() {
      const api = apiOf(input, context)
      const cut = await api.beginBackupCut()
      return copy(cut).finally(() => api.endBackupCut(cut.id).catch(() => undefined))
    }
  },
})
