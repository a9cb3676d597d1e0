// What 7-Zip tells of the files of a filesystem (`l -slt -ba`), as entries. Pure: lines in, values out.
export type EntryKind = 'file' | 'folder' | 'link' | 'other'

export interface FileEntry {
  /** Without a slash in front. */
  readonly path: string
  readonly kind: EntryKind
  readonly sizeBytes: number
  /** rwxr-xr-x; filesystems without rights have none. */
  readonly rights?: string
  readonly modifiedAt?: string
  /** Of a link. */
  readonly target?: string
}

const KINDS: Readonly<Record<string, EntryKind>> = { '-': 'file', d: 'folder', l: 'link' }
/** What it makes up beside the files: the journal, the table of files. */
const NOT_FILES = /^\[(SYS|SYSTEM|UNKNOWN)\](\/|$)/

/** Takes the text in pieces, however it is cut, and tells each entry once. */
export class ListingReader {
  readonly #onEntry: (entry: FileEntry) => void
  readonly #decoder = new TextDecoder()
  #rest = ''
  #fields = new Map<string, string>()

  constructor(onEntry: (entry: FileEntry) => void) {
    this.#onEntry = onEntry
  }

  add(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#take(line)
  }

  end(): void {
    this.#take(this.#rest)
    this.#finish()
  }

  #take(line: string): void {
    const match = /^([A-Z][A-Za-z0-9 ]*) = ?(.*)$/.exec(line)
    if (match === null) return
    const [, name = '', value = ''] = match
    // Each entry begins with its path; a name with a line break in it cannot begin another, since no field has two places.
    if (name === 'Path') this.#finish()
    if (!this.#fields.has(name)) this.#fields.set(name, value)
  }

  #finish(): void {
    const entry = entryOf(this.#fields)
    this.#fields = new Map()
    if (entry !== undefined) this.#onEntry(entry)
  }
}

function entryOf(fields: ReadonlyMap<string, string>): FileEntry | undefined {
  const path = fields.get('Path')
  if (path === undefined || path === '' || NOT_FILES.test(path)) return undefined
  const mode = fields.get('Mode') ?? ''
  const target = fields.get('Symbolic Link') ?? ''
  const isFolder = fields.get('Folder') === '+'
  const kind = mode === '' ? (isFolder ? 'folder' : target === '' ? 'file' : 'link') : (KINDS[mode[0]!] ?? 'other')
  const modifiedAt = instantIn(fields.get('Modified') ?? '')
  return {
    path: path.replace(/^\/+/, ''),
    kind,
    sizeBytes: Number(fields.get('Size') || 0),
    ...(mode === '' ? {} : { rights: mode.slice(1) }),
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
    ...(target === '' ? {} : { target }),
  }
}

/** 2026-12-01 01:41:30.000000000, in UTC: the thread has no time zone. */
function instantIn(text: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/.exec(text)
  return match === null ? undefined : `${match[1]}T${match[2]}Z`
}
