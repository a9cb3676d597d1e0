// The folder that people drop objects into, one YAML file each. What is good is kept; what is not is told with its file and line, costs itself
// alone, and leaves the object as it was. A file that is taken away takes its object with it.
import { lstat, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ObjectProblem } from '../../contract/central/objects.ts'
import { AppError } from '../../contract/errors.ts'
import { FolderLooks, stampOf } from '../../library/index.ts'
import type { Clock, Log } from '../../store/index.ts'
import { keyOf } from '../derive/objects-now.ts'
import type { ObjectBook } from './object-book.ts'
import { parseObject } from './parse-object.ts'

interface ObjectWatchDeps {
  readonly folder: string
  readonly book: ObjectBook
  readonly clock: Clock
  readonly log: Log
}

interface Item {
  /** Size and time of the file when it was loaded. */
  readonly stamp: string
  /** What another stamp was last time: a file is loaded when it has stopped changing. */
  readonly changingStamp?: string
  /** "function/web" */
  readonly gives?: string
  readonly problems: readonly Omit<ObjectProblem, 'file'>[]
}

type Read = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'refused'; readonly reason: string }

const MAX_BYTES = 256 * 1024
const UNSEEN: Item = { stamp: '', problems: [] }

export class ObjectWatch {
  readonly #deps: ObjectWatchDeps
  readonly #looks: FolderLooks
  readonly #items = new Map<string, Item>()

  constructor(deps: ObjectWatchDeps) {
    this.#deps = deps
    const { clock, log } = deps
    this.#looks = new FolderLooks({ what: 'central', lookAtAll: (atOnce) => this.#lookAtAll(atOnce), clock, log })
  }

  /** Loads all, then looks again and again until stop. */
  start(): Promise<void> {
    return this.#looks.start()
  }

  stop(): Promise<void> {
    return this.#looks.stop()
  }

  /** atOnce: load what changed without waiting until it has stopped changing. */
  look(atOnce = false): Promise<void> {
    return this.#looks.look(atOnce)
  }

  files(): number {
    return this.#items.size
  }

  problems(): readonly ObjectProblem[] {
    return [...this.#items]
      .flatMap(([file, { problems }]) => problems.map((problem) => ({ file, ...problem })))
      .sort((a, b) => (a.file < b.file ? -1 : 1))
  }

  async #lookAtAll(atOnce: boolean): Promise<void> {
    const files = await this.#files()
    // A folder that cannot be read is not an empty one: nothing is forgotten for it.
    if (files === undefined) return
    for (const name of [...this.#items.keys()]) if (!files.includes(name)) this.#items.delete(name)
    // What lost its file first: so an object can move from one file to another in one look.
    for (const record of this.#deps.book.list()) {
      if (record.source === 'file' && !files.includes(record.file ?? '')) await this.#deps.book.forgetFile(record)
    }
    for (const name of files) await this.#lookAt(name, atOnce)
  }

  async #lookAt(name: string, atOnce: boolean): Promise<void> {
    const before = this.#items.get(name) ?? UNSEEN
    const stamp = await stampOf([join(this.#deps.folder, name)])
    if (stamp === before.stamp) return
    if (!atOnce && before.changingStamp !== stamp) {
      this.#items.set(name, { ...before, changingStamp: stamp })
      return
    }
    this.#items.set(name, { stamp, ...(await this.#load(name)) })
  }

  async #load(name: string): Promise<Pick<Item, 'gives' | 'problems'>> {
    const { book, log } = this.#deps
    const read = await readText(join(this.#deps.folder, name))
    if (read.kind === 'refused') return this.#refused(name, [{ reason: read.reason }])
    const parsed = parseObject(read.text)
    if (parsed.kind === 'bad') return this.#refused(name, parsed.problems)
    const { object } = parsed
    try {
      const before = book.lookUp(object.kind, object.name)
      const after = await book.put(object, { source: 'file', file: name })
      if (before?.version !== after.version) log.info({ file: name, object: after.id, version: after.version }, 'object kept')
      await this.#forgetOther(name, keyOf(object))
      return { gives: keyOf(object), problems: [] }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return this.#refused(name, [{ line: 1, reason: error.message }])
    }
  }

  /** The file had another object before. */
  async #forgetOther(file: string, gives: string): Promise<void> {
    const { book } = this.#deps
    for (const record of book.list()) if (record.file === file && record.id !== gives) await book.forgetFile(record)
  }

  #refused(file: string, problems: Item['problems']): Pick<Item, 'problems'> {
    this.#deps.log.warn(
      { code: 'CENTRAL_OBJECT_INVALID', file, problems: problems.map(({ reason }) => reason) },
      'object refused',
    )
    return { problems }
  }

  async #files(): Promise<readonly string[] | undefined> {
    try {
      const entries = await readdir(this.#deps.folder)
      return entries.filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.')).sort()
    } catch {
      return undefined
    }
  }
}

/** Regular files alone: a link could show what lies elsewhere. */
async function readText(path: string): Promise<Read> {
  try {
    const { size } = await lstat(path).then((found) => {
      if (!found.isFile()) throw new Error('is no regular file; links are not followed')
      return found
    })
    if (size > MAX_BYTES) return { kind: 'refused', reason: `has ${size} bytes, and ${MAX_BYTES} are the most` }
    const handle = await open(path, 'r')
    try {
      return { kind: 'text', text: await handle.readFile('utf8') }
    } finally {
      await handle.close()
    }
  } catch (error) {
    return { kind: 'refused', reason: `cannot be read: ${error instanceof Error ? error.message : String(error)}` }
  }
}
