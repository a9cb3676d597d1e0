// What libblkid finds on ranges of a device. Starts blkid; only reads.
import type { ProbedValues } from '../../contract/probed.ts'
import type { Extent } from '../../imaging/extents.ts'
import type { ProbeAnswer } from '../imaging/imaging-tools.ts'
import type { Run } from '../machine.ts'
import { superviseCommand } from './run-command.ts'

/** What belongs to the content alone. Sizes and block sizes are also told by the device, and not by all versions. */
const KEPT = ['TYPE', 'SEC_TYPE', 'UUID', 'UUID_SUB', 'LABEL', 'PTTYPE', 'PTUUID']
/** blkid(8): 2 nothing was found; 8 several things were, and it does not choose. */
const NOTHING = 2
const AMBIVALENT = 8

export async function probeAll(devicePath: string, ranges: readonly Extent[], { signal }: Run): Promise<ProbeAnswer | undefined> {
  const version = await superviseCommand('blkid', ['-V'], { signal })
  const by = /libblkid [\d.]+/.exec(version.lastLines.join(' '))?.[0]
  if (by === undefined) return undefined
  const values: ProbedValues[] = []
  for (const { offset, length } of ranges) {
    const args = ['--probe', '--output', 'export', '--offset', `${offset}`, '--size', `${length}`, devicePath]
    const { exitCode, output } = await superviseCommand('blkid', args, { signal })
    if (exitCode !== 0 && exitCode !== NOTHING && exitCode !== AMBIVALENT) return undefined
    values.push(exitCode === AMBIVALENT ? { AMBIVALENT: 'yes' } : valuesIn(output))
  }
  return { by, values }
}

function valuesIn(lines: readonly string[]): ProbedValues {
  const pairs = lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
  return Object.fromEntries(pairs.filter(([key]) => KEPT.includes(key)))
}
