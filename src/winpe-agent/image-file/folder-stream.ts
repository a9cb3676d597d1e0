// A package as it travels: a .deb as it is, a folder as tar of its regular files. Only reads.
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { encodeTarHeader, paddingAfter, TAR_END } from '../../imaging/tar-entries.ts'

/** Throws what reading the path throws. */
export async function* folderStream(path: string): AsyncGenerator<Uint8Array> {
  if (!(await stat(path)).isDirectory()) {
    yield* createReadStream(path) as AsyncIterable<Uint8Array>
    return
  }
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const { size } = await stat(file)
    yield encodeTarHeader(relative(path, file), size)
    // A file that shrinks meanwhile gives fewer bytes than were announced: the appliance refuses what is cut off.
    if (size > 0) yield* createReadStream(file, { end: size - 1 }) as AsyncIterable<Uint8Array>
    yield paddingAfter(size)
  }
  yield TAR_END
}
