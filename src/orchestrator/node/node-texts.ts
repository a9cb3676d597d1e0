// Texts of configuration files that jobs put on nodes, by digest, in <dataDir>/node-texts: kept while a job that has not ended or a node names them,
// and for a day after they were made.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConfiguredFile } from '../../contract/configuration.ts'
import { ignoreMissing, replaceFile } from '../../store/index.ts'
import type { NodeRecord } from './record.ts'

export interface TextOnNode {
  readonly jobId: string
  readonly at: string
  readonly file: ConfiguredFile
  readonly text: string
}

interface NodeTextsDeps {
  readonly dataDir: string
  readonly now: () => number
  /** Digests that somebody names. */
  readonly used: () => ReadonlySet<string>
}

const DIGEST = /^[0-9a-f]{64}$/
const KEPT_MS = 24 * 3_600_000

export class NodeTexts {
  readonly #deps: NodeTextsDeps
  readonly #folder: string
  /** Kept since when. */
  readonly #kept = new Map<string, number>()
  #prunedAtMs = 0

  private constructor(deps: NodeTextsDeps) {
    this.#deps = deps
    this.#folder = join(deps.dataDir, 'node-texts')
  }

  static async open(deps: NodeTextsDeps): Promise<NodeTexts> {
    const texts = new NodeTexts(deps)
    await mkdir(texts.#folder, { recursive: true, mode: 0o700 })
    for (const name of await readdir(texts.#folder)) {
      if (DIGEST.test(name)) texts.#kept.set(name, (await stat(join(texts.#folder, name))).mtimeMs)
      else await rm(join(texts.#folder, name), { force: true })
    }
    return texts
  }

  /** On disk when it answers. */
  async keep(texts: readonly string[]): Promise<void> {
    await this.#prune()
    for (const text of texts) {
      const digest = digestOfText(text)
      if (!this.#kept.has(digest)) await replaceFile(join(this.#folder, digest), piecesOf(text), false)
      this.#kept.set(digest, this.#deps.now())
    }
  }

  /** undefined: it is not kept any more. */
  async find(digest: string): Promise<string | undefined> {
    if (!DIGEST.test(digest)) return undefined
    try {
      return await readFile(join(this.#folder, digest), 'utf8')
    } catch (error) {
      return ignoreMissing(error) as undefined
    }
  }

  /** What the last job put at a place of a node's system. undefined: no job put anything there. */
  async onNode({ installed }: Pick<NodeRecord, 'installed'>, to: string): Promise<TextOnNode | undefined> {
    const { configuration = [], configuredBy } = installed ?? {}
    const file = configuration.find((each) => each.to === to)
    const text = file === undefined ? undefined : await this.find(file.digest)
    return file === undefined || configuredBy === undefined || text === undefined ? undefined : { ...configuredBy, file, text }
  }

  async #prune(): Promise<void> {
    const now = this.#deps.now()
    if (now - this.#prunedAtMs < KEPT_MS / 24) return
    this.#prunedAtMs = now
    const used = this.#deps.used()
    for (const [digest, keptAtMs] of this.#kept) {
      if (used.has(digest) || now - keptAtMs < KEPT_MS) continue
      this.#kept.delete(digest)
      await rm(join(this.#folder, digest), { force: true })
    }
  }
}

/** The record of a node, once a job put these files there; those at other places, which one before put there, are still there. Pure. */
export function withConfiguration(
  node: NodeRecord,
  files: readonly ConfiguredFile[],
  configuredBy: { readonly jobId: string; readonly at: string },
): NodeRecord {
  if (node.installed === undefined || files.length === 0) return node
  const others = (node.installed.configuration ?? []).filter(({ to }) => !files.some((each) => each.to === to))
  return { ...node, installed: { ...node.installed, configuration: [...others, ...files], configuredBy } }
}

export const digestOfText = (text: string): string => createHash('sha256').update(text).digest('hex')

async function* piecesOf(text: string): AsyncGenerator<string> {
  yield text
}
