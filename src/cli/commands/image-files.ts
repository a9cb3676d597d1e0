// platen image files
import { open, rm } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import type { ImageFile } from '../../contract/image-files.ts'
import { usage, wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { findVersion } from '../image-reference.ts'

const KIND_LETTERS: Readonly<Record<ImageFile['kind'], string>> = { file: '-', folder: 'd', link: 'l', other: '?' }

export const imageFiles = defineCommand({
  name: 'image files',
  summary: 'Look into the files of a version: list a folder, show a file, or bring one back. Only what is read leaves the store.',
  words: ['<image>', '[path]'],
  options: {
    cat: { type: 'boolean', description: 'Write the bytes of the file to standard output.' },
    restore: { type: 'string', value: 'FILE', description: 'Bring the file here; a file that is there already is refused.' },
    disk: { type: 'string', value: 'NUMBER', description: 'Which disk of an image of several. Default: 1.' },
    partition: {
      type: 'string',
      value: 'NUMBER',
      description: 'Which partition; 0 for a disk without a table. Default: the largest that can be read.',
    },
    ...API_OPTIONS,
  },
  examples: [
    'platen image files debian-13@4 /etc',
    'platen image files debian-13@4 /etc/fstab --cat',
    'platen image files debian-13@3 /etc/ssh/sshd_config --restore ./sshd_config',
  ],

  async run(input, context) {
    const { cat, restore, disk, partition, json } = input.values
    const [reference, path] = input.words
    if (cat && restore !== undefined) throw usage('image files', '--cat and --restore exclude each other')
    if ((cat || restore !== undefined) && path === undefined) throw usage('image files', 'name the file')
    const api = apiOf(input, context)
    const { imageName, version } = findVersion(reference!, await api.images())
    const query = { path, disk: wholeNumber('disk', disk), partition: wholeNumber('partition', partition) }
    if (cat) {
      for await (const bytes of await api.imageFile(imageName, version, query)) await context.out.writeBytes(bytes)
      return
    }
    if (restore !== undefined) {
      const sizeBytes = await bring(restore, () => api.imageFile(imageName, version, query))
      return context.out.print(json ? JSON.stringify({ file: restore, sizeBytes }) : `${restore}: ${sizeBytes} bytes`)
    }
    const found = await api.imageFiles(imageName, version, query)
    if (json) return context.out.print(JSON.stringify(found, undefined, 2))
    context.out.print(`${found.path} on partition ${found.partition} (${found.content}) of ${imageName} version ${version}`)
    if (found.files.length > 0) context.out.table(found.files.map(rowOf), { right: [1] })
  },
})

function rowOf({ name, kind, sizeBytes, rights, modifiedAt, target }: ImageFile): string[] {
  const when = modifiedAt?.replace('T', ' ').replace('Z', '') ?? ''
  const what = target === undefined ? name : `${name} -> ${target}`
  // A name may hold what a terminal obeys.
  return [`${KIND_LETTERS[kind]}${rights ?? ''}`, String(sizeBytes), when, what.replaceAll(/\p{Cc}/gu, '?')]
}

/** A file that came half is not left behind. */
async function bring(to: string, fetch: () => Promise<ReadableStream<Uint8Array>>): Promise<number> {
  const file = await open(to, 'wx').catch((error: NodeJS.ErrnoException) => {
    throw new AppError('CLI_USAGE', `${to} cannot be made: ${error.message}`, 'Name a file that is not there yet.')
  })
  let sizeBytes = 0
  try {
    for await (const bytes of await fetch()) {
      await file.writeFile(bytes)
      sizeBytes += bytes.length
    }
  } catch (error) {
    await rm(to, { force: true })
    throw error
  } finally {
    await file.close()
  }
  return sizeBytes
}
