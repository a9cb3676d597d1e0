// Options that the imaging benches share.
import { parseArgs } from 'node:util'

export type FilesystemCase = 'ext4' | 'ntfs'

export interface BenchOptions {
  /** Size of the disk; the documented figures are for 6 GB. */
  readonly sizeBytes: number
  readonly cases: readonly FilesystemCase[]
  readonly runs: number
  /** Disks filled once are kept here and used again. */
  readonly cacheDir: string
}

/** defaults: of options that a bench wants otherwise. */
export function benchOptions(defaults: { readonly 'size-gb'?: string } = {}): BenchOptions {
  const { values } = parseArgs({
    options: {
      'size-gb': { type: 'string', default: defaults['size-gb'] ?? '6' },
      case: { type: 'string', multiple: true, default: ['ext4', 'ntfs'] },
      runs: { type: 'string', default: '3' },
      'cache-dir': { type: 'string', default: '/var/tmp/platen-bench' },
    },
  })
  return {
    sizeBytes: Math.round(Number(values['size-gb']) * 1000) * 1_000_000,
    cases: values.case.filter((name): name is FilesystemCase => name === 'ext4' || name === 'ntfs'),
    runs: Number(values.runs),
    cacheDir: values['cache-dir'],
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export const round = (value: number, digits = 2): number => Math.round(value * 10 ** digits) / 10 ** digits
