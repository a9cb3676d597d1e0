// The files of the data folder at one instant: hard links and sizes, taken while nothing else of this process runs. A file here is either replaced by
// another one, and the link keeps what was there, or only ever added to, and its size says what counts. Touches the data folder.
import { randomUUID } from 'node:crypto'
import { linkSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { BackupCut } from '../../contract/backup.ts'
import { AppError } from '../../contract/errors.ts'

const CUTS = 'backup-cuts'
/** Chunks are copied by their names, which say what they are. All others are made anew, or hold what is on its way. */
const NOT_COPIED = new Set([CUTS, 'chunks', 'appliance.lock', 'appliance.lock-journal', 'package-incoming'])
const NOT_COPIED_BELOW = new Set(['bundles/incoming'])
/** What a program that died left while it wrote. */
const UNFINISHED = /\.(new|tmp)$/
/** A file that is being replaced is for a moment under neither of its names. */
const LOOKS = 3

interface CutFile {
  readonly path: string
  readonly sizeBytes: number
}

/** Relative to the folder, in order: state first, so that what it names is there, too. */
export function filesToCopy(dataDir: string): readonly CutFile[] {
  const found: CutFile[] = []
  const tops = readdirSync(dataDir).filter((name) => !NOT_COPIED.has(name))
  for (const top of tops.sort((a, b) => Number(b === 'state') - Number(a === 'state') || (a < b ? -1 : 1)))
    collect(dataDir, top, found)
  return found
}

function collect(dataDir: string, path: string, found: CutFile[]): void {
  const entry = lstatSync(join(dataDir, path), { throwIfNoEntry: false })
  if (entry === undefined || NOT_COPIED_BELOW.has(path) || UNFINISHED.test(path)) return
  if (entry.isFile()) found.push({ path, sizeBytes: entry.size })
  else if (entry.isDirectory())
    for (const name of readdirSync(join(dataDir, path)).sort()) collect(dataDir, join(path, name), found)
}

export class BackupCuts {
  readonly #dataDir: string
  /** Chunks stay while anybody copies them. */
  readonly #hold: (id: string) => void
  readonly #release: (id: string) => void
  readonly #cuts = new Set<string>()

  constructor(dataDir: string, chunks: { hold(id: string): void; release(id: string): void }) {
    this.#dataDir = dataDir
    this.#hold = (id) => chunks.hold(id)
    this.#release = (id) => chunks.release(id)
    // Of whoever copied when the appliance went down.
    rmSync(join(dataDir, CUTS), { recursive: true, force: true })
  }

  begin(): BackupCut {
    const id = randomUUID()
    const folder = join(this.#dataDir, CUTS, id)
    this.#hold(jobOf(id))
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const files = filesToCopy(this.#dataDir).flatMap((file) => this.#link(file, folder))
    this.#cuts.add(id)
    return { id, folder, files }
  }

  async end(id: string): Promise<void> {
    if (!this.#cuts.delete(id))
      throw new AppError(
        'BACKUP_CUT_NOT_FOUND',
        `no copy ${id} is under way`,
        'The appliance was started anew: make the backup again.',
      )
    this.#release(jobOf(id))
    await rm(join(this.#dataDir, CUTS, id), { recursive: true, force: true })
  }

  #link({ path }: CutFile, folder: string): CutFile[] {
    const target = join(folder, path)
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
    for (let look = 1; look <= LOOKS; look++) {
      try {
        linkSync(join(this.#dataDir, path), target)
        // Of the link: what has the name now may be another file already.
        return [{ path, sizeBytes: lstatSync(target).size }]
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
    return []
  }
}

const jobOf = (id: string): string => `backup.${id}`
