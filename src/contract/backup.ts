// Backups: what an appliance gives whoever copies its data folder, and the list that a backup is. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'
import { Digest, Instant, SizeBytes } from './values.ts'

/** POST /backup-cuts: the files of the data folder as they are at one instant, and chunks stay until it is given up. */
export const BackupCut = NamedObject('BackupCut', {
  id: Type.String(),
  /** On the appliance: the files lie here, under the names that they have in the data folder. */
  folder: Type.String(),
  /** So many bytes of each count: files that are only ever added to go on growing. */
  files: Type.Array(Type.Object({ path: Type.String(), sizeBytes: SizeBytes })),
})
export type BackupCut = Static<typeof BackupCut>

export const BACKUP_FORMAT = 1

/** The list of one backup: with it, everything under its names in a data folder again. */
export const BackupList = Type.Object(
  {
    format: Type.Literal(BACKUP_FORMAT),
    createdAt: Instant,
    /** The version of the program that made it. */
    createdBy: Type.String({ maxLength: 100 }),
    files: Type.Array(
      Type.Object(
        {
          /** data/… of the data folder, profiles/… of that of the profiles. */
          path: Type.String({ pattern: '^(data|profiles)/', maxLength: 4096 }),
          mode: Type.Integer({ minimum: 0, maximum: 0o777 }),
          sizeBytes: SizeBytes,
          digest: Digest,
        },
        { additionalProperties: false },
      ),
    ),
    chunks: Type.Array(Digest),
  },
  { additionalProperties: false },
)
export type BackupList = Static<typeof BackupList>
