// A folder with a boot.yaml -> what a variant of the boot OS has beside, or every mistake with its line. Touches the folder, reading only.
import { join } from 'node:path'
import { BootAdditions } from '../../contract/boot-additions.ts'
import { type OpenedInside, openInside } from '../files/open-inside.ts'
import { type LineProblem, type Mistake, type ParsedYaml, parseYaml, staysInside } from '../files/parse-yaml.ts'

const ADDITIONS_FILE = 'boot.yaml'
const MOST_YAML_BYTES = 1024 * 1024
/** Of one file: the boot OS lies in memory. */
const MOST_FILE_BYTES = 100 * 1024 * 1024

export interface LoadedAdditions extends Omit<BootAdditions, 'files'> {
  /** path: below the root, without a slash in front. */
  readonly files: readonly { readonly path: string; readonly content: Buffer; readonly isProgram: boolean }[]
  /** Where the lock of its packages lies. */
  readonly lockPath: string
}

type Loaded =
  | { readonly kind: 'good'; readonly additions: LoadedAdditions }
  | { readonly kind: 'bad'; readonly problems: readonly LineProblem[] }

export async function loadBootAdditions(folder: string): Promise<Loaded> {
  const text = await read(folder, ADDITIONS_FILE, MOST_YAML_BYTES)
  if (text.kind === 'bad') return { kind: 'bad', problems: [{ reason: text.reason }] }
  const parsed = parseBootAdditions(text.bytes.toString('utf8'))
  if (parsed.kind === 'bad') return parsed
  const { files = [], ...description } = parsed.value
  const problems: LineProblem[] = []
  const loaded: LoadedAdditions['files'][number][] = []
  for (const [index, { file, to, mode = '0644' }] of files.entries()) {
    const found = await read(folder, file, MOST_FILE_BYTES)
    const isProgram = (Number.parseInt(mode, 8) & 0o111) !== 0
    if (found.kind === 'file') loaded.push({ path: to.replace(/^\/+/, ''), content: found.bytes, isProgram })
    else problems.push({ ...lineOf(parsed.lineOf(['files', index, 'file'])), reason: found.reason })
  }
  if (problems.length > 0) return { kind: 'bad', problems }
  return { kind: 'good', additions: { ...description, files: loaded, lockPath: join(folder, 'boot.lock.json') } }
}

/** Pure. */
export function parseBootAdditions(text: string): ParsedYaml<BootAdditions> {
  return parseYaml(text, BootAdditions, findMistakes)
}

/** Where the kernel mounts something, or the start lays its own: what lay there would not be seen, or the machine would not come up. */
const NOT_THERE = ['dev', 'proc', 'sys', 'run', 'tmp', 'agent', 'layers']

function findMistakes({ packages = [], modules = [], files = [] }: BootAdditions): readonly Mistake[] {
  const mistakes: Mistake[] = []
  if (packages.length + modules.length + files.length === 0)
    mistakes.push([[], 'nothing is added: say packages, modules or files'])
  const targets = files.map(({ to }) => to)
  for (const [index, { file, to }] of files.entries()) {
    const parts = to.split('/').slice(1)
    if (!staysInside(file)) mistakes.push([['files', index, 'file'], `${file} leads out of the folder`])
    if (parts.some((part) => part === '' || part === '.' || part === '..'))
      mistakes.push([['files', index, 'to'], `${to} is no plain path`])
    if (NOT_THERE.includes(parts[0]!)) mistakes.push([['files', index, 'to'], `/${parts[0]} is made when the machine starts`])
    if (targets.indexOf(to) !== index) mistakes.push([['files', index, 'to'], `a file before it goes to ${to}`])
    const inside = targets.find((other) => other.startsWith(`${to}/`))
    if (inside !== undefined) mistakes.push([['files', index, 'to'], `${to} is a folder to ${inside}`])
  }
  return mistakes
}

type Read = { readonly kind: 'file'; readonly bytes: Buffer } | { readonly kind: 'bad'; readonly reason: string }

async function read(folder: string, file: string, mostBytes: number): Promise<Read> {
  const opened = await openInside(folder, file)
  if (opened.kind !== 'file') return { kind: 'bad', reason: whyNot(file, opened) }
  const { handle } = opened
  try {
    if ((await handle.stat()).size > mostBytes) return { kind: 'bad', reason: `${file} has more than ${mostBytes} bytes` }
    return { kind: 'file', bytes: await handle.readFile() }
  } finally {
    await handle.close()
  }
}

function whyNot(file: string, opened: Exclude<OpenedInside, { kind: 'file' }>): string {
  return opened.kind === 'missing' ? `${file} is not there` : `${file} ${opened.reason}`
}

const lineOf = (line: number | undefined): { line?: number } => (line === undefined ? {} : { line })
