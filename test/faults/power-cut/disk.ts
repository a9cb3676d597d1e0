// A folder on a disk, as the calls of a process made it, and what of it is there after the power went off in between. Pure.
//
// What fsync(2) promises is all that it counts on: content and size of a file stand when that file was synced after they were written, a name when its
// folder was. Everything else may be there or not, each for itself. That is less than ext4, XFS or Btrfs keep.
import { type Call, pathOfFd, textsIn } from './trace.ts'

const ROOT = 0

type Change =
  | { readonly kind: 'data'; readonly of: number; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'size'; readonly of: number; readonly size: number }
  /** What names lead to from now on, at once; undefined: to nothing. */
  | { readonly kind: 'names'; readonly names: readonly Name[] }

interface Name {
  readonly folder: number
  readonly name: string
  readonly to: number | undefined
}

interface Entry {
  readonly change: Change
  /** Of the calls. */
  readonly at: number
}

interface Sync {
  readonly of: number
  /** Changes by calls before this one are on disk. */
  readonly before: number
  readonly at: number
}

export interface Promised {
  readonly text: string
  readonly at: number
}

/** Whether a change that nothing vouches for is there all the same. */
export type Survives = (index: number) => boolean

export class RecordedDisk {
  readonly #root: string
  readonly #entries: Entry[] = []
  readonly #syncs: Sync[] = []
  readonly promised: Promised[] = []
  readonly #live = new Map<number, Map<string, number>>([[ROOT, new Map()]])
  readonly #sizes = new Map<number, number>()
  readonly #positions = new Map<string, number>()
  #made = ROOT

  /** promise: how a line begins by which the process says that something is kept. */
  constructor(root: string, calls: readonly Call[], promise: string) {
    this.#root = root
    for (const [at, call] of calls.entries()) this.#take(call, at, promise)
  }

  /** Instants between calls, at which the power may go off. */
  get changeCount(): number {
    return this.#entries.length
  }

  get syncCount(): number {
    return this.#syncs.length
  }

  /** The call after which the nth change was made. */
  instantOf(change: number): number {
    return this.#entries[change]?.at ?? Number.POSITIVE_INFINITY
  }

  /** Paths in the folder to their content; undefined is a folder. */
  filesAfterCut(instant: number, survives: Survives): ReadonlyMap<string, Buffer | undefined> {
    const folders = new Map<number, Map<string, number>>([[ROOT, new Map()]])
    const contents = new Map<number, Buffer>()
    for (const [index, { change, at }] of this.#entries.entries()) {
      if (at >= instant) break
      if (!this.#isDurable(change, at, instant) && !survives(index)) continue
      applyTo(folders, contents, change)
    }
    return listed(folders, contents, this.#isFolder)
  }

  readonly #isFolder = (id: number): boolean => this.#live.has(id)

  #isDurable(change: Change, at: number, instant: number): boolean {
    const owners = change.kind === 'names' ? change.names.map(({ folder }) => folder) : [change.of]
    return this.#syncs.some((sync) => sync.at < instant && at < sync.before && owners.includes(sync.of))
  }

  #take({ name, words, result, begunAfter }: Call, at: number, promise: string): void {
    const add = (change: Change) => this.#entries.push({ change, at })
    const first = pathOfFd(words.split(',')[0] ?? '')
    const of = first === undefined ? undefined : this.#find(first)
    switch (name) {
      case 'openat':
        this.#open(words, result, add)
        break
      case 'write':
      case 'writev':
      case 'pwrite64':
      case 'pwritev': {
        const bytes = Buffer.concat(textsIn(words)).subarray(0, Number(result))
        const said = bytes.toString('utf8')
        if (words.startsWith('1<') && said.startsWith(promise))
          this.promised.push({ text: said.slice(promise.length).trim(), at })
        if (of !== undefined) this.#write(of, words, name.startsWith('p'), bytes, add)
        return
      }
      case 'fsync':
      case 'fdatasync':
        if (of !== undefined) this.#syncs.push({ of, before: begunAfter, at })
        return
      case 'ftruncate':
      case 'truncate': {
        const id = of ?? this.#find(textsIn(words)[0]?.toString() ?? '')
        if (id === undefined) return
        const size = Number(/(\d+)$/.exec(words)?.[1])
        this.#sizes.set(id, size)
        add({ kind: 'size', of: id, size })
        return
      }
      default:
        this.#rename(name, words, add)
    }
  }

  #open(words: string, result: string, add: (change: Change) => void): void {
    const path = pathOfFd(result)
    if (path === undefined || !this.#isInside(path)) return
    let id = this.#find(path)
    if (id === undefined) {
      if (!words.includes('O_CREAT')) return
      id = this.#make()
      this.#name([{ ...this.#place(path)!, to: id }], add)
    } else if (words.includes('O_TRUNC') && (this.#sizes.get(id) ?? 0) > 0) add({ kind: 'size', of: id, size: 0 })
    if (words.includes('O_TRUNC') || !this.#sizes.has(id))
      this.#sizes.set(id, words.includes('O_TRUNC') ? 0 : (this.#sizes.get(id) ?? 0))
    const key = `${Number.parseInt(result, 10)} ${id}`
    this.#positions.set(key, words.includes('O_APPEND') ? -1 : 0)
  }

  #write(of: number, words: string, isPlaced: boolean, bytes: Buffer, add: (change: Change) => void): void {
    const size = this.#sizes.get(of) ?? 0
    const key = `${Number.parseInt(words, 10)} ${of}`
    const position = this.#positions.get(key) ?? 0
    const offset = isPlaced ? Number(/(\d+)$/.exec(words)?.[1]) : position === -1 ? size : position
    add({ kind: 'data', of, offset, bytes })
    this.#sizes.set(of, Math.max(size, offset + bytes.length))
    if (!isPlaced && position !== -1) this.#positions.set(key, offset + bytes.length)
  }

  #rename(name: string, words: string, add: (change: Change) => void): void {
    const [from, to] = textsIn(words).map(String)
    const fromPlace = from === undefined ? undefined : this.#place(from)
    if (fromPlace === undefined) return
    const id = this.#find(from!)
    if (name.startsWith('mkdir')) {
      const made = this.#make()
      this.#live.set(made, new Map())
      this.#name([{ ...fromPlace, to: made }], add)
      return
    }
    if (name.startsWith('unlink') || name === 'rmdir') {
      this.#name([{ ...fromPlace, to: undefined }], add)
      return
    }
    const toPlace = to === undefined ? undefined : this.#place(to)
    if (toPlace === undefined || id === undefined) return
    if (name.startsWith('link')) this.#name([{ ...toPlace, to: id }], add)
    else if (name.startsWith('rename'))
      this.#name(
        [
          { ...fromPlace, to: undefined },
          { ...toPlace, to: id },
        ],
        add,
      )
  }

  #name(names: readonly Name[], add: (change: Change) => void): void {
    for (const { folder, name, to } of names) {
      if (to === undefined) this.#live.get(folder)?.delete(name)
      else this.#live.get(folder)?.set(name, to)
    }
    add({ kind: 'names', names })
  }

  #make(): number {
    return ++this.#made
  }

  #isInside(path: string): boolean {
    return path === this.#root || path.startsWith(`${this.#root}/`)
  }

  #find(path: string): number | undefined {
    if (!this.#isInside(path)) return undefined
    let at: number | undefined = ROOT
    for (const part of path.slice(this.#root.length).split('/').filter(Boolean))
      at = at === undefined ? undefined : this.#live.get(at)?.get(part)
    return at
  }

  #place(path: string): { readonly folder: number; readonly name: string } | undefined {
    const cut = path.lastIndexOf('/')
    const folder = this.#find(path.slice(0, cut))
    return folder === undefined || !this.#isInside(path) || path === this.#root
      ? undefined
      : { folder, name: path.slice(cut + 1) }
  }
}

function applyTo(folders: Map<number, Map<string, number>>, contents: Map<number, Buffer>, change: Change): void {
  if (change.kind === 'names') {
    for (const { folder, name, to } of change.names) {
      const names = folders.get(folder) ?? new Map<string, number>()
      folders.set(folder, names)
      if (to === undefined) names.delete(name)
      else names.set(name, to)
    }
    return
  }
  const before = contents.get(change.of) ?? Buffer.alloc(0)
  const size = change.kind === 'size' ? change.size : Math.max(before.length, change.offset + change.bytes.length)
  const after = Buffer.alloc(size)
  before.copy(after, 0, 0, size)
  if (change.kind === 'data') change.bytes.copy(after, change.offset)
  contents.set(change.of, after)
}

function listed(
  folders: ReadonlyMap<number, ReadonlyMap<string, number>>,
  contents: ReadonlyMap<number, Buffer>,
  isFolder: (id: number) => boolean,
): ReadonlyMap<string, Buffer | undefined> {
  const found = new Map<string, Buffer | undefined>()
  const walk = (folder: number, path: string) => {
    for (const [name, id] of folders.get(folder) ?? []) {
      const inner = `${path}${name}`
      found.set(inner, isFolder(id) ? undefined : (contents.get(id) ?? Buffer.alloc(0)))
      if (isFolder(id)) walk(id, `${inner}/`)
    }
  }
  walk(ROOT, '')
  return found
}
