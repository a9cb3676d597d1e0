// What is wrong with a package, for somebody who has not brought it yet. Reads it, keeps nothing.
import { stat } from 'node:fs/promises'
import type { LineProblem } from '../files/parse-yaml.ts'
import { loadDeb, loadFolder } from './load-package.ts'

const NOTHING_KEPT = { keep: async (_source: unknown, path: string) => ({ path, digest: '', sizeBytes: 0 }) }

/** path: a folder with a package.yaml, or a .deb. */
export async function checkPackageFolder(path: string): Promise<readonly LineProblem[]> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true
  const loaded = await (isFolder ? loadFolder : loadDeb)(path, NOTHING_KEPT, '')
  return loaded.kind === 'good' ? [] : loaded.problems
}
