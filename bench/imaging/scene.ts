// A case of a bench: disks and a work folder that are gone when it ends, however it ends.
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type AttachedDisk, attach, filledDisk } from './filled-disk.ts'
import type { BenchOptions, FilesystemCase } from './options.ts'
import { sh } from './shell.ts'

export interface Scene {
  readonly filesystem: FilesystemCase
  readonly options: BenchOptions
  /** On the same volume as the disks. */
  readonly work: string
  /** The filled disk itself (never written to), or a copy that may be. */
  filled(): Promise<AttachedDisk>
  copy(): Promise<AttachedDisk>
  blank(): Promise<AttachedDisk>
}

export async function forEachCase<T>(options: BenchOptions, measure: (scene: Scene) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (const filesystem of options.cases) results.push(await inScene(options, filesystem, measure))
  return results
}

async function inScene<T>(options: BenchOptions, filesystem: FilesystemCase, measure: (scene: Scene) => Promise<T>): Promise<T> {
  const file = await filledDisk(options, filesystem)
  const work = await mkdtemp(join(options.cacheDir, 'work-'))
  const attached: AttachedDisk[] = []
  const keep = async (path: string): Promise<AttachedDisk> => {
    const disk = await attach(path, options.sizeBytes)
    attached.push(disk)
    return disk
  }
  const named = (what: string): string => join(work, `${what}-${attached.length}.img`)
  try {
    return await measure({
      filesystem,
      options,
      work,
      filled: () => keep(file),
      async copy() {
        const path = named('copy')
        await sh(`cp --sparse=always ${file} ${path}`)
        return keep(path)
      },
      async blank() {
        const path = named('blank')
        await sh(`truncate -s ${options.sizeBytes} ${path}`)
        return keep(path)
      },
    })
  } finally {
    for (const disk of attached) await disk.detach()
    await rm(work, { recursive: true, force: true })
  }
}

export const storedBytesIn = async (directory: string): Promise<number> =>
  Number(await sh(`find ${directory} -type f -printf '%s\\n' | awk '{ sum += $1 } END { print sum + 0 }'`))

/** speedRatio and speedTarget of a case stand under its name, sizeRatio and sizeTarget under "<case> size", and so on. */
export function finish(bench: string, { sizeBytes, runs }: BenchOptions, cases: readonly Case[]): void {
  const ratios: Record<string, number> = {}
  const targets: Record<string, number> = {}
  for (const one of cases) {
    for (const [key, value] of Object.entries(one)) {
      const what = /^(.+)Ratio$/.exec(key)?.[1]
      const target = one[`${what}Target`]
      if (what === undefined || typeof value !== 'number' || typeof target !== 'number') continue
      const name = what === 'speed' ? one.case : `${one.case} ${what}`
      ratios[name] = value
      targets[name] = target
    }
  }
  process.stdout.write(`${JSON.stringify({ bench, ratios, targets, sizeBytes, runs, cases })}\n`)
}

interface Case {
  readonly case: string
  readonly [figure: string]: number | string | undefined
}
