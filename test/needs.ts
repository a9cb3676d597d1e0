// What a test needs of its machine, as options of `it` and `describe`: where it is not there, the test is skipped and says why.
//   it('is taken by Kea', needs(program('kea-dhcp4')), async () => …)
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TestOptions } from 'vitest'

export interface Need {
  readonly isMet: boolean
  /** Said when it is not: "needs root". */
  readonly reason: string
}

export const ROOT: Need = { isMet: process.getuid?.() === 0, reason: 'needs root' }
export const LINUX: Need = { isMet: process.platform === 'linux', reason: 'needs Linux' }
export const LOOP_DEVICES: Need = { isMet: existsSync('/dev/loop-control'), reason: 'needs loop devices' }

/** Root and its commands included, whatever the PATH of the caller. */
const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** Where a program is installed; undefined if it is not. */
export const pathOf = (program: string): string | undefined =>
  FOLDERS.map((folder) => join(folder, program)).find((path) => existsSync(path))

export const program = (name: string): Need => ({ isMet: pathOf(name) !== undefined, reason: `needs ${name}` })

export function needs(...all: readonly Need[]): Pick<TestOptions, 'skip' | 'meta'> {
  const unmet = all.filter(({ isMet }) => !isMet)
  if (unmet.length === 0) return {}
  return { skip: true, meta: { skippedBecause: unmet.map(({ reason }) => reason).join(', ') } }
}
