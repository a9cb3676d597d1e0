// The filesystem's own check, which changes nothing: a second opinion of what was copied. Starts e2fsck, xfs_repair, btrfs, fsck.fat,
// fsck.exfat, ntfsfix, ntfsinfo, ntfsresize, fsck.f2fs; only reads.
import { setTimeout as pause } from 'node:timers/promises'
import type { CheckDepth } from '../../contract/steps.ts'
import type { FilesystemCheck, MappedContent } from '../imaging/imaging-tools.ts'
import type { Run } from '../machine.ts'
import { fatProblems } from './fat-check-words.ts'
import { RELEASE_PAUSE_MS, RELEASE_TRIES } from './release.ts'
import { type CommandEnd, superviseCommand } from './run-command.ts'
import { scrubBtrfs } from './scrub-btrfs.ts'
import { uncleanFilesystem } from './unclean-filesystem.ts'

type Command = readonly [program: string, ...args: string[]]

/** All metadata. Where a filesystem keeps sums of its files, or counts its blocks anew, that is part of the full one. */
const COMMANDS: Record<MappedContent, Record<CheckDepth, readonly Command[]>> = {
  // "Could be narrower" is no damage.
  ext: same([['e2fsck', '-f', '-n', '-E', 'no_optimize_extents']]),
  xfs: same([['xfs_repair', '-n']]),
  btrfs: {
    quick: [['btrfs', 'check', '--readonly']],
    full: [['btrfs', 'check', '--readonly', '--check-data-csum']],
  },
  fat: same([['fsck.fat', '-n']]),
  exfat: same([['fsck.exfat', '-n']]),
  ntfs: {
    quick: [
      ['ntfsfix', '--no-action'],
      ['ntfsinfo', '--mft'],
    ],
    full: [
      ['ntfsfix', '--no-action'],
      ['ntfsinfo', '--mft'],
      ['ntfsresize', '--info', '--force', '--no-progress-bar'],
    ],
  },
  f2fs: same([['fsck.f2fs', '--dry-run']]),
}

/** One that takes longer is a matter for the full check. */
const QUICK_LIMIT_MS = 10 * 60_000
const BUSY = /resource busy|is (currently )?mounted|in use by the system/i
/** It could not do its work, which says nothing about the filesystem. */
const COULD_NOT =
  /cannot allocate memory|out of memory|memory allocation|resource busy|is (currently )?mounted|in use by the system|unsupported .*feature|newer version of|permission denied/i

export async function checkFilesystem(
  path: string,
  content: MappedContent,
  depth: CheckDepth,
  run: Run,
): Promise<FilesystemCheck> {
  const unclean = await uncleanFilesystem(path, content, run)
  if (unclean !== undefined) return { kind: 'unclean', reason: unclean }
  const limit = depth === 'quick' ? AbortSignal.timeout(QUICK_LIMIT_MS) : new AbortController().signal
  try {
    for (const [program, ...args] of COMMANDS[content][depth]) {
      const end = await whenNotBusy(program, [...args, path], AbortSignal.any([run.signal, limit]))
      const found = judge(program, content, end)
      if (found.kind !== 'whole') return found
    }
    return content === 'btrfs' && depth === 'full' ? await scrubBtrfs(path, run) : { kind: 'whole' }
  } catch (error) {
    if (run.signal.aborted || !limit.aborted) throw error
    return { kind: 'unchecked', reason: `its check was not over after ${QUICK_LIMIT_MS / 60_000} minutes` }
  }
}

/** Right after an unmount, or while somebody looks at what is new, a device is busy for a moment. */
async function whenNotBusy(program: string, args: readonly string[], signal: AbortSignal): Promise<CommandEnd> {
  for (let tries = 1; ; tries++) {
    const end = await superviseCommand(program, args, { signal })
    const isBusy = end.exitCode !== 0 && end.lastLines.some((line) => BUSY.test(line))
    if (!isBusy || tries >= RELEASE_TRIES) return end
    await pause(RELEASE_PAUSE_MS, undefined, { signal })
  }
}

function judge(program: string, content: MappedContent, { exitCode, problem, output, lastLines }: CommandEnd): FilesystemCheck {
  if (exitCode === 0) return { kind: 'whole' }
  if (exitCode === undefined) return { kind: 'unchecked', reason: `${program} did not run: ${problem}` }
  const reason = lastLines.find((line) => COULD_NOT.test(line))
  if (reason !== undefined) return { kind: 'unchecked', reason: `${program}: ${reason}` }
  if (content === 'fat' && fatProblems(output).length === 0) return { kind: 'whole' }
  return { kind: 'broken', lines: [`${program} ends with exit code ${exitCode}:`, ...lastLines] }
}

function same(commands: readonly Command[]): Record<CheckDepth, readonly Command[]> {
  return { quick: commands, full: commands }
}
