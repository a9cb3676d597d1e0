// In which form an answer is printed: a table for people, or what other programs read, made of the JSON that the command prints. Pure.
import type { JSONPathQuery } from 'json-p3'
import { usage } from './arguments.ts'
import type { Output } from './command.ts'

type Form = 'table' | 'wide' | 'json' | 'yaml' | 'name' | 'jsonpath'
const WORDS: readonly string[] = ['table', 'wide', 'json', 'yaml', 'name']

/** The output that a command prints to. `form` is "table" where it prints for people. */
export async function inForm(
  command: string,
  { output, json }: Readonly<Record<string, unknown>>,
  out: Output,
): Promise<{ readonly form: 'table' | 'data'; readonly out: Output }> {
  const { form, path } = formOf(command, typeof output === 'string' ? output : json === true ? 'json' : 'table')
  if (json === true && form !== 'json') throw usage(command, `--json and --output ${form} exclude each other`)
  if (form === 'table') return { form, out }
  // Each is said by itself: a spread would lose what an output inherits.
  const rest: Omit<Output, 'print' | 'table'> = {
    writeBytes: (bytes) => out.writeBytes(bytes),
    printError: (text) => out.printError(text),
    progress: (update) => out.progress(update),
    endProgress: () => out.endProgress(),
    openScreen: () => out.openScreen(),
  }
  if (form === 'wide') {
    const print = (text: string) => out.print(text)
    return { form: 'table', out: { ...rest, print, table: (rows, options) => out.table(rows, { ...options, wide: true }) } }
  }
  // Before the command does anything: a mistake in the path must not come after a change.
  const write = await writerOf(command, form, path)
  let printed = 0
  const print = (text: string) => {
    const formed = write(text)
    // Several answers are several documents.
    if (form === 'yaml' && printed++ > 0) out.print('---')
    if (formed !== '') out.print(formed)
  }
  return { form: 'data', out: { ...rest, print, table: (rows, options) => out.table(rows, options) } }
}

function formOf(command: string, said: string): { form: Form; path: string } {
  const [, path] = /^jsonpath=(.+)$/s.exec(said) ?? []
  if (path !== undefined) return { form: 'jsonpath', path: path.startsWith('$') ? path : `$${path}` }
  if (WORDS.includes(said)) return { form: said as Form, path: '' }
  throw usage(command, `--output takes ${WORDS.join(', ')} or jsonpath=PATH, not "${said}"`)
}

/** How the JSON of an answer is printed. What a form needs is loaded when somebody asks for it. */
async function writerOf(command: string, form: Form, path: string): Promise<(json: string) => string> {
  if (form === 'yaml') {
    const { stringify } = await import('yaml')
    return (json) => stringify(JSON.parse(json), { lineWidth: 0 }).trimEnd()
  }
  if (form === 'jsonpath') {
    const query = await compile(command, path)
    return (json) => query.query(JSON.parse(json)).values().map(lineOf).join('\n')
  }
  return form === 'name' ? (json) => namesIn(command, JSON.parse(json)).map(lineOf).join('\n') : (json) => json
}

const lineOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** RFC 9535. The library walks the path; it runs no code. */
async function compile(command: string, path: string): Promise<JSONPathQuery> {
  const { default: jsonPath } = await import('json-p3')
  try {
    return jsonPath.compile(path)
  } catch (error) {
    throw usage(command, `"${path}" is no JSONPath: ${(error as Error).message}`)
  }
}

/** Of a list each; of one thing its own. */
function namesIn(command: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => namesIn(command, one))
  const name = nameOf(value)
  if (name !== undefined) return [name]
  // A list with something beside it: packages and what is wrong in the folder.
  const list = Object.values(value ?? {}).find(Array.isArray)
  if (list !== undefined) return namesIn(command, list)
  throw usage(command, `what ${command} answers has no names`)
}

function nameOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return undefined
  const { name, id, imageName, version, node, job, number } = value as Readonly<Record<string, unknown>>
  if (typeof imageName === 'string' && typeof version === 'number') return `${imageName}@${version}`
  for (const one of [name, id, node]) if (typeof one === 'string') return one
  return typeof number === 'number' ? String(number) : nameOf(job)
}
