// The builds of the boot OS: listed and chosen from memory, brought, used and removed one after the other. Touches the boot folder.
// `platen boot build` works in the same folder from a process of its own, so it is looked at again and again.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { BootArtefact, BootBuildRecord, BootBuildSummary, BootBuildView } from '../../contract/boot-build.ts'
import { AppError } from '../../contract/errors.ts'
import type { Architecture } from '../../contract/values.ts'
import { BootFolder, type Bring } from './boot-folder.ts'
import { bringFile, digestOfFile, type OpenFile } from './bring-file.ts'
import { type BootBuild, buildOf, digestOfBuild, isSameKind, nameOfBuild, problemOf, sizeOfBuild } from './build.ts'

const ARCHITECTURES: readonly Architecture[] = ['x64', 'arm64']

/** Asked by this room, answered by whoever knows nodes, classes and models. From memory. */
export interface BootBuildUse {
  /** Who asks for a build by its number, or for its variant while it is the one of that in use: "class web wants it". */
  whoWantsBoot(build: Pick<BootBuild, 'architecture' | 'number' | 'variant'>, isInUse: boolean): readonly string[]
}

export interface AddHow {
  /** It becomes the one in use. */
  readonly use?: boolean
  /** The number that it has elsewhere: taken over where it is higher than every one that was given here. */
  readonly number?: number
}

/** What other rooms ask of builds. All reading is from memory, but for the bytes of a file. */
export interface BootBuildService {
  /** By architecture, the newest first. */
  list(): readonly BootBuild[]
  /** undefined: it is not there. */
  get(architecture: Architecture, number: number): BootBuild | undefined
  /** What whoever asks for the variant gets, or for none. undefined: there is none. */
  inUse(architecture: Architecture, variant?: string): BootBuild | undefined
  /** Grows with each change of what the others answer. */
  changeCount(): number
  /** Called after each of those changes. The returned function ends it. */
  onChange(listener: () => void): () => void
  view(build: BootBuild): BootBuildView
  summary(build: BootBuild): BootBuildSummary
  /** The bytes of one of its files, by its name in the record. */
  openFile(build: BootBuild, name: string): Readable
  /** Where it lies; nobody writes there. */
  filePath(build: BootBuild, name: string): string
  /**
   * Keeps a build whole or not at all: every file is held against the record. there: an equal one was kept before, which is left as it is.
   * Throws BOOT_BUILD_INVALID.
   */
  add(record: BootBuildRecord, open: OpenFile, how?: AddHow): Promise<{ kind: 'added' | 'there'; build: BootBuild }>
  /** Throws BOOT_BUILD_NOT_FOUND. */
  use(architecture: Architecture, number: number): Promise<BootBuild>
  /** Throws BOOT_BUILD_NOT_FOUND, BOOT_BUILD_IN_USE. */
  remove(architecture: Architecture, number: number): Promise<void>
}

export class BootBuilds implements BootBuildService {
  readonly #folder: BootFolder
  readonly #wants: BootBuildUse
  #builds: ReadonlyMap<string, BootBuild> = new Map()
  #inUse: ReadonlyMap<string, number> = new Map()
  #changes = 0
  readonly #listeners = new Set<() => void>()
  /** One change after the other. */
  #changing: Promise<unknown> = Promise.resolve()

  private constructor(bootDir: string, use: BootBuildUse) {
    this.#folder = new BootFolder(bootDir)
    this.#wants = use
  }

  /** A folder of the time before builds had numbers is taken over. Where that may not be written, its build is served as it lies. */
  static async open(bootDir: string, use: BootBuildUse, onTrouble: (error: unknown) => void): Promise<BootBuilds> {
    const builds = new BootBuilds(bootDir, use)
    for (const architecture of ARCHITECTURES) await builds.#folder.clearUp(architecture).catch(onTrouble)
    await builds.look().catch(onTrouble)
    return builds
  }

  list(): readonly BootBuild[] {
    return [...this.#builds.values()]
  }

  get(architecture: Architecture, number: number): BootBuild | undefined {
    return this.#builds.get(`${architecture} ${number}`)
  }

  inUse(architecture: Architecture, variant = ''): BootBuild | undefined {
    return this.get(architecture, this.#inUse.get(`${architecture} ${variant}`) ?? 0)
  }

  isInUse(build: BootBuild): boolean {
    return this.inUse(build.architecture, build.variant) === build
  }

  changeCount(): number {
    return this.#changes
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  view(build: BootBuild): BootBuildView {
    return { ...this.summary(build), artefacts: build.artefacts, inputs: build.inputs }
  }

  summary(build: BootBuild): BootBuildSummary {
    const { architecture, number, variant, builtAt, digest } = build
    const isInUse = this.isInUse(build)
    return {
      architecture,
      number,
      ...(variant === undefined ? {} : { variant }),
      builtAt,
      digest,
      sizeBytes: sizeOfBuild(build),
      isInUse,
      wantedBy: [...this.#wants.whoWantsBoot(build, isInUse)],
    }
  }

  find(architecture: Architecture, number: number): BootBuild {
    const build = this.get(architecture, number)
    if (build !== undefined) return build
    const hint = 'List them with `platen boot list`.'
    throw new AppError('BOOT_BUILD_NOT_FOUND', `there is no ${nameOfBuild(architecture, number)}`, hint)
  }

  openFile(build: BootBuild, name: string): Readable {
    return createReadStream(this.filePath(build, name), { highWaterMark: 1 << 20 })
  }

  filePath({ architecture, number, artefacts }: BootBuild, name: string): string {
    if (artefacts.some((each) => each.name === name)) return this.#folder.pathOf(architecture, number, name)
    const hint = '`platen boot show` lists its files.'
    throw new AppError('BOOT_BUILD_NOT_FOUND', `${nameOfBuild(architecture, number)} has no file ${name}`, hint)
  }

  add(record: BootBuildRecord, open: OpenFile, how: AddHow = {}): Promise<{ kind: 'added' | 'there'; build: BootBuild }> {
    return this.#alone(async () => {
      await this.#look()
      const problem = problemOf(record)
      if (problem !== undefined)
        throw new AppError(
          'BOOT_BUILD_INVALID',
          `this is no build of the boot OS: ${problem}`,
          'Build it again: platen boot build',
        )
      return this.#keep(record, open, how)
    })
  }

  use(architecture: Architecture, number: number): Promise<BootBuild> {
    return this.#alone(async () => {
      const build = this.find(architecture, number)
      await this.#folder.setInUse(build, number)
      await this.#read()
      return build
    })
  }

  remove(architecture: Architecture, number: number): Promise<void> {
    return this.#alone(async () => {
      const build = this.find(architecture, number)
      const who = this.whoNeeds(build)
      if (who.length > 0)
        throw new AppError(
          'BOOT_BUILD_IN_USE',
          `${nameOfBuild(architecture, number)} stays: ${who.join('; ')}`,
          'Use another one with `platen boot use`, or take the wish back, then remove it.',
        )
      // Nobody asks for its variant; of that the newest that is left is the one in use, if there is any.
      if (this.isInUse(build)) {
        const next = this.list().find((each) => each !== build && isSameKind(each, build))
        if (next === undefined) await this.#folder.setNoneInUse(build)
        else await this.#folder.setInUse(next, next.number)
      }
      await this.#folder.remove(architecture, number)
      await this.#read()
    })
  }

  /** Why a build may not go, as sentences; none: nobody needs it. */
  whoNeeds(build: BootBuild): readonly string[] {
    const isInUse = this.isInUse(build)
    const byAll = isInUse && build.variant === undefined ? ['it is the one in use'] : []
    return [...byAll, ...this.#wants.whoWantsBoot(build, isInUse)]
  }

  /** What other processes did. */
  look(): Promise<void> {
    return this.#alone(() => this.#look())
  }

  async #look(): Promise<void> {
    await this.#read()
    for (const architecture of ARCHITECTURES) await this.#takeOver(architecture)
  }

  async #keep(record: BootBuildRecord, open: OpenFile, { use = false, number }: AddHow) {
    const { architecture } = record
    const digest = digestOfBuild(record)
    const same = this.list().find((each) => each.digest === digest)
    const isThere = same !== undefined && (await this.#folder.isWhole(same, same.number))
    const given = isThere ? same.number : await this.#place(same ?? record, open, same?.number ?? number, same !== undefined)
    if (use || !this.#inUse.has(`${architecture} ${record.variant ?? ''}`)) await this.#folder.setInUse(record, given)
    await this.#read()
    return { kind: isThere ? ('there' as const) : ('added' as const), build: this.find(architecture, given) }
  }

  async #place(build: BootBuildRecord, open: OpenFile, number: number | undefined, replaces: boolean): Promise<number> {
    const { architecture, variant, builtAt, artefacts, inputs } = build
    const record = { architecture, ...(variant === undefined ? {} : { variant }), builtAt, artefacts, inputs }
    const bring: Bring = (artefact, path) => bringFile(artefact, path, this.#equalsOf(artefact), open)
    return this.#folder.place(record, bring, { ...(number === undefined ? {} : { number }), replaces })
  }

  #equalsOf({ digest }: BootArtefact): readonly string[] {
    return this.list().flatMap(({ architecture, number, artefacts }) =>
      artefacts.flatMap((each) => (each.digest === digest ? [this.#folder.pathOf(architecture, number, each.name)] : [])),
    )
  }

  /** The only build that there was becomes one with a number, with the files that it has now: somebody may have signed another kernel. */
  async #takeOver(architecture: Architecture): Promise<void> {
    const former = await this.#folder.former(architecture)
    if (former === undefined) return
    const placeOf = (name: string) => this.#folder.formerPathOf(architecture, name)
    const artefacts: BootArtefact[] = []
    for (const { name } of former.artefacts)
      if ((await stat(placeOf(name)).catch(() => undefined))?.isFile())
        artefacts.push({ name, ...(await digestOfFile(placeOf(name))) })
    const record = { ...former, artefacts }
    if (problemOf(record) === undefined)
      await this.#keep(record, (name) => createReadStream(placeOf(name), { highWaterMark: 1 << 20 }), { use: true })
  }

  /** Records never change, so each is read once. */
  async #read(): Promise<void> {
    const builds = new Map<string, BootBuild>()
    const inUse = new Map<string, number>()
    for (const architecture of ARCHITECTURES) {
      for (const number of (await this.#folder.numbers(architecture)).toReversed()) {
        const key = `${architecture} ${number}`
        const known = this.#builds.get(key)
        const record = known ?? (await this.#folder.record(architecture, number))
        if (record !== undefined) builds.set(key, known ?? buildOf(record, number))
      }
      for (const [variant, number] of await this.#folder.inUse(architecture)) inUse.set(`${architecture} ${variant}`, number)
    }
    if (isEqual(builds, this.#builds) && isEqual(inUse, this.#inUse)) return
    this.#builds = builds
    this.#inUse = inUse
    this.#changes++
    for (const listener of this.#listeners) listener()
  }

  #alone<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#changing.then(change)
    this.#changing = changed.catch(() => undefined)
    return changed
  }
}

function isEqual<T>(one: ReadonlyMap<string, T>, other: ReadonlyMap<string, T>): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value)
}
