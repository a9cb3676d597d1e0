// What is wrong in a profile's folder, for somebody who has not dropped it yet. Reads the folder, keeps nothing.
import { loadProfile } from './load-profile.ts'
import type { ProfileProblem } from './parse-profile.ts'

const NOTHING_KEPT = {
  keep: async (_source: unknown, path: string) => ({ path, digest: '', sizeBytes: 0 }),
  keepRevision: async () => {},
}

export async function checkProfileFolder(folder: string): Promise<readonly ProfileProblem[]> {
  const loaded = await loadProfile(folder, NOTHING_KEPT)
  return loaded.kind === 'good' ? [] : loaded.problems
}
