// Which partitions are mounted where while an image is set up. Pure: the job's format step in, mounts in order out.
import { AppError } from '../../contract/errors.ts'
import type { Disk } from '../../contract/inventory.ts'
import type { FormatStep, Step } from '../../contract/steps.ts'
import type { Machine, Mount } from '../machine.ts'

/** Parents before children: '/' comes first, '/boot' before '/boot/efi'. */
export function mountsOf(step: FormatStep, { devicePath }: Disk, { disks }: Pick<Machine, 'disks'>): Mount[] {
  return declaredMounts(step)
    .map(({ number, at }) => ({ partitionPath: disks.partitionPath(devicePath, number), at }))
    .sort((a, b) => depth(a.at) - depth(b.at) || (a.at < b.at ? -1 : 1))
}

/** Names by which scripts know the partitions. */
export function partitionNames(step: FormatStep): ReadonlyMap<number, string> {
  if ('script' in step.layout) return new Map(step.layout.mounts.map(({ partition }) => [partition, String(partition)]))
  return new Map(step.layout.partitions.map(({ name }, index) => [index + 1, name]))
}

export function formatStepOf(steps: readonly Step[]): FormatStep {
  const step = steps.find((candidate) => candidate.kind === 'format')
  if (step !== undefined) return step
  throw new AppError(
    'AGENT_STEP_FAILED',
    'the job has no format step, so there is nothing to set up',
    'A profile needs `format` before `setup` and `activate`: see docs/profiles.md.',
  )
}

interface NumberedMount {
  readonly number: number
  readonly at: string
}

function declaredMounts({ layout }: FormatStep): NumberedMount[] {
  if ('script' in layout) return layout.mounts.map(({ partition, mount }) => ({ number: partition, at: mount }))
  return layout.partitions.flatMap(({ mount }, index) => (mount === undefined ? [] : [{ number: index + 1, at: mount }]))
}

const depth = (path: string): number => path.split('/').filter((segment) => segment !== '').length
