// How builds lie in the boot folder. Touches it, and nothing else.
//
//   builds/x64/3/          vmlinuz, initrd.img, agent.img, loaders/…, build.json: written beside, then renamed, and never changed after
//   builds/x64/in-use      a link to the number that is in use; in-use.VARIANT for builds with additions
//   builds/x64/last        the highest number that was ever given, once that build was removed
//   x64                    a link to builds/x64/in-use: what lay here as a folder is taken over as a build
//   loaders/               of the builds in use
//
// Files that several builds have are hard links to one. Every change is a rename: a machine that boots meanwhile gets the one or the other.
import { lstat, mkdir, readdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { BootBuildRecord } from '../../contract/boot-build.ts'
import type { Architecture } from '../../contract/values.ts'
import { ignoreMissing, syncFolder } from '../../store/index.ts'
import { linkOrCopy } from './bring-file.ts'
import { problemOf } from './build.ts'

const RECORD = 'build.json'
const IN_USE = /^in-use(?:\.(.+))?$/
const UNFINISHED = /^\.(new|gone)-/
/** So long no placing and no removing takes: what is left is of a process that was killed. */
const LEFT_MS = 3_600_000

/** Puts one file of a build at a path. */
export type Bring = (artefact: BootBuildRecord['artefacts'][number], path: string) => Promise<void>

export class BootFolder {
  readonly #bootDir: string

  constructor(bootDir: string) {
    this.#bootDir = bootDir
  }

  /** builds/x64/3 below the boot folder; a file in it with a name. */
  pathOf(architecture: Architecture, number: number, name = ''): string {
    return join(this.#buildsOf(architecture), `${number}`, name)
  }

  /** Where files lie that were there before builds had numbers. */
  formerPathOf(architecture: Architecture, name: string): string {
    return name.startsWith('loaders/') ? join(this.#bootDir, name) : join(this.#bootDir, architecture, name)
  }

  async numbers(architecture: Architecture): Promise<readonly number[]> {
    const names = await namesIn(this.#buildsOf(architecture))
    return names.flatMap((name) => (/^[1-9]\d{0,8}$/.test(name) ? [Number(name)] : [])).sort((a, b) => a - b)
  }

  /** undefined: it is not there, or its record cannot be read. */
  record(architecture: Architecture, number: number): Promise<BootBuildRecord | undefined> {
    return readRecord(this.pathOf(architecture, number, RECORD))
  }

  /** Variant ('' for none) -> number. */
  async inUse(architecture: Architecture): Promise<ReadonlyMap<string, number>> {
    const folder = this.#buildsOf(architecture)
    const found = new Map<string, number>()
    for (const name of await namesIn(folder)) {
      const match = IN_USE.exec(name)
      const target = match === null ? undefined : await readlink(join(folder, name)).catch(() => undefined)
      if (target !== undefined) found.set(match?.[1] ?? '', Number(target))
    }
    return found
  }

  /** All its files are there in their sizes. */
  async isWhole({ architecture, artefacts }: BootBuildRecord, number: number): Promise<boolean> {
    const sizes = await Promise.all(artefacts.map(({ name }) => sizeOf(this.pathOf(architecture, number, name))))
    return artefacts.every(({ sizeBytes }, index) => sizes[index] === sizeBytes)
  }

  /**
   * Whole or not at all. number: the one that it should have, which it gets where that is higher than all that were given; replaces: it gets it
   * anyway, in the place of what lies there. Gives the number that it has.
   */
  async place(record: BootBuildRecord, bring: Bring, how: { number?: number; replaces?: boolean } = {}): Promise<number> {
    const folder = this.#buildsOf(record.architecture)
    const fresh = join(folder, `.new-${process.pid}-${process.hrtime.bigint()}`)
    await mkdir(join(fresh, 'loaders'), { recursive: true })
    try {
      for (const artefact of record.artefacts) await bring(artefact, join(fresh, artefact.name))
      await writeFile(join(fresh, RECORD), `${JSON.stringify(record, undefined, 2)}\n`, { flush: true })
      for (const written of [join(fresh, 'loaders'), fresh]) await syncFolder(written)
      const last = await this.#lastNumber(record.architecture)
      if (how.replaces === true && how.number !== undefined) await this.#putAway(record.architecture, how.number)
      const isGood = how.number !== undefined && (how.replaces === true || how.number > last)
      const number = await this.#take(record.architecture, fresh, isGood ? how.number! : last + 1)
      await syncFolder(folder)
      return number
    } finally {
      await rm(fresh, { recursive: true, force: true })
    }
  }

  /** Its loaders come with a plain build: a machine is given its loader before anybody knows which build it wants. */
  async setInUse({ architecture, variant, artefacts }: BootBuildRecord, number: number): Promise<void> {
    await replaceLink(join(this.#buildsOf(architecture), variant === undefined ? 'in-use' : `in-use.${variant}`), `${number}`)
    if (variant !== undefined) return
    const loaders = artefacts.filter(({ name }) => name.startsWith('loaders/'))
    for (const { name } of loaders) await replaceFile(this.pathOf(architecture, number, name), join(this.#bootDir, name))
    await this.#showAtFormerPlace(architecture)
  }

  async setNoneInUse({ architecture, variant = '' }: BootBuildRecord): Promise<void> {
    await rm(join(this.#buildsOf(architecture), `in-use.${variant}`), { force: true })
  }

  async remove(architecture: Architecture, number: number): Promise<void> {
    await this.#putAway(architecture, number)
    await syncFolder(this.#buildsOf(architecture))
  }

  /** What lies at the place of the only build that there was, as one whole build; undefined: nothing does, or no whole one. */
  async former(architecture: Architecture): Promise<BootBuildRecord | undefined> {
    if (!(await isRealFolder(join(this.#bootDir, architecture)))) return undefined
    return readRecord(this.formerPathOf(architecture, RECORD))
  }

  /** What processes left that were killed in the middle of something. */
  async clearUp(architecture: Architecture): Promise<void> {
    const folder = this.#buildsOf(architecture)
    for (const name of await namesIn(folder)) {
      const found = UNFINISHED.test(name) ? await stat(join(folder, name)).catch(() => undefined) : undefined
      if (found !== undefined && Date.now() - found.mtimeMs > LEFT_MS)
        await rm(join(folder, name), { recursive: true, force: true })
    }
    const inUse = await this.inUse(architecture)
    if (inUse.has('') && (await lstat(join(this.#bootDir, architecture)).catch(() => undefined)) === undefined)
      await this.#showAtFormerPlace(architecture)
  }

  #buildsOf(architecture: Architecture): string {
    return join(this.#bootDir, 'builds', architecture)
  }

  /** Another process may take the same number at the same time: then its folder is there, and the next one is tried. */
  async #take(architecture: Architecture, fresh: string, first: number): Promise<number> {
    for (let number = first; ; number++) {
      const isTaken = await rename(fresh, this.pathOf(architecture, number)).then(
        () => false,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return true
          throw error
        },
      )
      if (!isTaken) return number
    }
  }

  async #lastNumber(architecture: Architecture): Promise<number> {
    const text = await readFile(join(this.#buildsOf(architecture), 'last'), 'utf8').catch(() => '0')
    return Math.max(0, Number.parseInt(text, 10) || 0, ...(await this.numbers(architecture)))
  }

  async #putAway(architecture: Architecture, number: number): Promise<void> {
    const folder = this.#buildsOf(architecture)
    const last = await this.#lastNumber(architecture)
    if (number === last) await writeFile(join(folder, 'last'), `${last}\n`, { flush: true })
    const gone = join(folder, `.gone-${process.pid}-${process.hrtime.bigint()}`)
    await rename(this.pathOf(architecture, number), gone)
    await rm(gone, { recursive: true, force: true })
  }

  async #showAtFormerPlace(architecture: Architecture): Promise<void> {
    const place = join(this.#bootDir, architecture)
    if (await isRealFolder(place)) {
      const before = `${place}.before-${process.pid}-${process.hrtime.bigint()}`
      await rename(place, before)
      await rm(before, { recursive: true, force: true })
    }
    await replaceLink(place, join('builds', architecture, 'in-use'))
  }
}

/** What cannot be read for another reason is no empty folder. */
async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    ignoreMissing(error)
    return []
  })
}

async function readRecord(path: string): Promise<BootBuildRecord | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const record: unknown = JSON.parse(text)
    return problemOf(record) === undefined ? (record as BootBuildRecord) : undefined
  } catch {
    return undefined
  }
}

async function replaceLink(path: string, target: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === target) return
  const fresh = `${path}.new-${process.pid}-${process.hrtime.bigint()}`
  await symlink(target, fresh)
  await rename(fresh, path)
  await syncFolder(dirname(path))
}

async function replaceFile(source: string, path: string): Promise<void> {
  const fresh = `${path}.new-${process.pid}-${process.hrtime.bigint()}`
  await mkdir(dirname(path), { recursive: true })
  await linkOrCopy(source, fresh)
  await rename(fresh, path)
  // Two names of one file: the rename did nothing.
  await rm(fresh, { force: true })
}

async function isRealFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size
}
