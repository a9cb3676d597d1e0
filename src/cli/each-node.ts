// One act for every node of a set: asked for by count, some at once, and the trouble of one node is the trouble of that one.
// Reads the files that a set names.
import { readFileSync } from 'node:fs'
import { AppError, ERROR_CODES } from '../contract/errors.ts'
import type { OperatorApi } from './api.ts'
import type { OptionSpecs } from './arguments.ts'
import type { CommandContext } from './command.ts'
import { isOneName, parseNodeSet } from './node-set.ts'

export const NODE_SET_OPTIONS = {
  yes: {
    type: 'string',
    value: 'COUNT',
    description: 'With several nodes: how many they are. Left out, a terminal asks for it.',
  },
  'dry-run': { type: 'boolean', description: 'Only list the nodes.' },
} as const satisfies OptionSpecs

interface NodesOrder<T> {
  /** As it was typed: one name, or a set. */
  readonly set: string
  /** What happens to them: "hold". */
  readonly verb: string
  readonly values: { readonly yes: string | undefined; readonly 'dry-run': boolean; readonly json: boolean }
  /** false: nothing does, so nobody has to say how many. Left out: true. */
  readonly changes?: boolean
  act(node: string): Promise<T>
  say(answer: T, node: string): string
}

/** So many at once: a set of hundreds is quick, and the appliance answers others. */
const AT_ONCE = 8

export async function eachNode<T>(
  { set, verb, values, changes = true, act, say }: NodesOrder<T>,
  api: OperatorApi,
  context: CommandContext,
): Promise<void> {
  const { out } = context
  const json = (content: unknown) => out.print(JSON.stringify(content, undefined, 2))
  const nodes = await namesOf(set, api)
  if (values['dry-run']) return values.json ? json(nodes) : out.print(nodes.join('\n'))
  if (isOneName(set)) {
    const answer = await act(nodes[0]!)
    return values.json ? json(answer) : out.print(say(answer, nodes[0]!))
  }
  if (changes) await confirmCount(nodes, verb, values.yes, context)

  const done: T[] = []
  const failures: { node: string; error: AppError }[] = []
  for (let from = 0; from < nodes.length; from += AT_ONCE) {
    const some = nodes.slice(from, from + AT_ONCE)
    const settled = await Promise.allSettled(some.map(act))
    settled.forEach((one, index) => {
      const node = some[index]!
      if (one.status === 'fulfilled') {
        done.push(one.value)
        if (!values.json) out.print(say(one.value, node))
        return
      }
      if (!(one.reason instanceof AppError)) throw one.reason
      failures.push({ node, error: one.reason })
      out.printError(`${node}: ${one.reason.code}: ${one.reason.message}`)
    })
  }
  if (values.json) json(done)
  if (failures.length > 0) throw worstOf(failures, nodes.length)
  if (!values.json) out.printError(`${nodes.length} of ${nodes.length} done`)
}

/** In their order, each once. */
export async function namesOf(set: string, api: OperatorApi): Promise<readonly string[]> {
  const names = new Set<string>()
  const add = async (text: string, mayNameFiles: boolean) => {
    for (const term of parseNodeSet(text)) {
      if (term.kind === 'name') names.add(term.name)
      else if (term.kind === 'class') for (const node of (await api.class(term.name)).nodes) names.add(node)
      else if (term.kind === 'tag') {
        for (const node of await api.nodes()) if (node.tags?.includes(term.tag) === true) names.add(node.name)
      } else {
        if (!mayNameFiles) throw new AppError('CLI_USAGE', `a file of nodes names another: @${term.path}`, 'Put its lines in.')
        for (const line of linesOf(term.path)) await add(line, false)
      }
    }
  }
  await add(set, true)
  if (names.size === 0) throw new AppError('CLI_NO_NODES', `no node is in "${set}"`, 'See which there are: `platen node list`.')
  return [...names]
}

/** What stands behind # is for people. */
function linesOf(path: string): string[] {
  try {
    const lines = readFileSync(path, 'utf8').split('\n')
    return lines.map((line) => line.replace(/#.*/s, '').trim()).filter((line) => line !== '')
  } catch (error) {
    throw new AppError(
      'CLI_USAGE',
      `@${path} cannot be read: ${(error as Error).message}`,
      'Name a file with a node, or a set, a line.',
    )
  }
}

async function confirmCount(
  nodes: readonly string[],
  verb: string,
  yes: string | undefined,
  { ask }: CommandContext,
): Promise<void> {
  const shown = nodes.length > 6 ? `${nodes.slice(0, 5).join(', ')} … ${nodes.at(-1)}` : nodes.join(', ')
  const said = yes ?? (await ask(`${verb} ${nodes.length} nodes (${shown}). Type how many: `))
  if (said?.trim() === String(nodes.length)) return
  throw new AppError(
    'CLI_NOT_CONFIRMED',
    `${verb}: ${nodes.length} nodes (${shown}), and ${said === undefined ? 'nobody confirmed it' : `"${said.trim()}" was said`}; nothing was done`,
    `Look at them with --dry-run, then say --yes ${nodes.length}.`,
  )
}

/** Its exit status is that of the failure with the highest. */
function worstOf(failures: readonly { node: string; error: AppError }[], count: number): AppError {
  const exitOf = ({ error }: { error: AppError }) => ERROR_CODES[error.code].exit
  const worst = failures.reduce((a, b) => (exitOf(b) > exitOf(a) ? b : a))
  const nodes = failures.map(({ node }) => node).join(', ')
  return new AppError(
    worst.error.code,
    `${count - failures.length} of ${count} done, ${failures.length} failed: ${nodes}`,
    worst.error.hint,
  )
}
