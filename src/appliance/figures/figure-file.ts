// The figures on disk: a line is added each minute, and once a day the file is written anew, so that it never has more lines than two days
// and five weeks need. What cannot be read of it is lost: figures are no state.
import { mkdir, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { FigureSeries, FigureSpan, Sample } from '../../contract/figures.ts'
import { AppendFile, ignoreMissing, replaceFile } from '../../store/index.ts'
import { FigureHistory } from './history.ts'

/** Larger is none of ours: it is not read into memory. */
const MOST_BYTES = 16 * 1024 * 1024
const MOST_ADDED = 24 * 60

export class FigureFile {
  readonly #path: string
  readonly #history: FigureHistory
  #file: AppendFile
  #added = 0

  private constructor(path: string, history: FigureHistory, file: AppendFile) {
    this.#path = path
    this.#history = history
    this.#file = file
  }

  static async open(path: string): Promise<FigureFile> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const history = FigureHistory.read((await textOf(path)).split('\n'))
    return new FigureFile(path, history, await writeAnew(path, history))
  }

  series(span: FigureSpan): FigureSeries {
    return this.#history.series(span)
  }

  async add(atMs: number, sample: Sample): Promise<void> {
    await this.#file.append(this.#history.add(atMs, sample))
    if (++this.#added < MOST_ADDED) return
    this.#added = 0
    await this.#file.close()
    this.#file = await writeAnew(this.#path, this.#history)
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

async function textOf(path: string): Promise<string> {
  const found = await stat(path).catch(ignoreMissing)
  return found === undefined || found.size > MOST_BYTES ? '' : readFile(path, 'utf8')
}

async function writeAnew(path: string, history: FigureHistory): Promise<AppendFile> {
  const lines = [...history.lines()].join('')
  await replaceFile(
    path,
    (async function* () {
      yield lines
    })(),
    false,
  )
  return AppendFile.open(path, Buffer.byteLength(lines))
}
