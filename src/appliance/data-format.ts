// In which form the data folder is kept. A version that knows only earlier forms leaves it alone: it would read it wrongly, and write that down.
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { AppError } from '../contract/errors.ts'
import { decodeLine, encodeLine } from '../contract/json-lines.ts'
import { replaceFile } from '../store/index.ts'
import { VERSION } from './version.ts'

/** Grows when a version before could not read what this one writes, with a folder of the form before in test/captures/data-folders. */
export const DATA_FORMAT = 1
const FILE = 'format'

const Format = Type.Object({ format: Type.Integer({ minimum: 1 }), writtenBy: Type.String() })

/** A folder without the file is of the first form. Throws APPLIANCE_DATA_NEWER, APPLIANCE_STATE_UNREADABLE. */
export async function openDataFormat(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true })
  const path = join(dataDir, FILE)
  const found = await readFormat(path)
  if (found !== undefined && found.format > DATA_FORMAT) {
    throw new AppError(
      'APPLIANCE_DATA_NEWER',
      `${dataDir} is of form ${found.format}, written by Platen ${found.writtenBy}; this is ${VERSION}, which knows up to form ${DATA_FORMAT}`,
      `Install Platen ${found.writtenBy} or a newer one, or restore a backup that an earlier version made. Nothing was changed.`,
    )
  }
  if (found?.format === DATA_FORMAT && found.writtenBy === VERSION) return
  await replaceFile(path, once(encodeLine({ format: DATA_FORMAT, writtenBy: VERSION })), false)
}

async function readFormat(path: string) {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw unreadable(path, error.code ?? error.message)
  })
  if (text === undefined) return undefined
  const line = decodeLine(text.trimEnd())
  if (line.kind !== 'good' || !Value.Check(Format, line.value)) throw unreadable(path, 'it is not what was written')
  return line.value
}

function unreadable(path: string, reason: string): AppError {
  return new AppError(
    'APPLIANCE_STATE_UNREADABLE',
    `${path}, which says in which form the data folder is kept, cannot be read: ${reason}`,
    'Put it back from a backup; or, when this version or a newer one wrote the folder last, remove that file.',
  )
}

async function* once(text: string): AsyncGenerator<string> {
  yield text
}
