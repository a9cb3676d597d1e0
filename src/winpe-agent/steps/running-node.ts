// Puts platen-node into a deployed Linux, so that its running system speaks for itself. Touches the mounted root it is given.
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { RunningNodeFiles } from '../../contract/node-words.ts'
import type { StepContext } from '../performer.ts'
import { pathInside } from './inside.ts'
import { exists } from './linux-root.ts'

const NEEDS = [
  { what: 'systemd', paths: ['usr/lib/systemd/systemd', 'lib/systemd/systemd'] },
  { what: 'curl', paths: ['usr/bin/curl', 'usr/local/bin/curl', 'bin/curl'] },
] as const

/** Gives what it did. The secret is made for this deploy: whatever system the node had before speaks no more. */
export async function installPlatenNode(root: string, { client, jobId, leaseId, signal }: StepContext): Promise<string> {
  for (const { what, paths } of NEEDS) {
    const found = await Promise.all(paths.map((path) => exists(root, path)))
    if (!found.includes(true)) return `platen-node: the image has no ${what}, it is left out`
  }
  const path = `/jobs/${encodeURIComponent(jobId)}/running-node`
  const { files, links } = await client.post(path, { leaseId }, RunningNodeFiles, signal)
  for (const { path: at, mode, text } of files) {
    const full = await placeFor(root, at)
    await rm(full, { force: true })
    await writeFile(full, text, { mode })
    await chmod(full, mode)
  }
  for (const { path: at, to } of links) {
    const full = await placeFor(root, at)
    await rm(full, { force: true })
    await symlink(to, full)
  }
  return `platen-node: ${files[0]?.path ?? 'nothing'}, started with the system`
}

/** Its folder is made; what a link there leads to is not followed for the last word of the path. */
async function placeFor(root: string, at: string): Promise<string> {
  const folder = await pathInside(root, posix.dirname(at))
  await mkdir(folder, { recursive: true })
  return posix.join(folder, posix.basename(at))
}
