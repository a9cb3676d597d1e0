// The objects of central: kept, numbered with each change, every version for good. One change after the other; reads come from memory.
import { canonicalJson } from '../../contract/canonical-json.ts'
import type { CentralObject, ObjectKind, ObjectSource } from '../../contract/central/objects.ts'
import { AppError } from '../../contract/errors.ts'
import { type Clock, type History, instantOf, type RecordStore } from '../../store/index.ts'
import { type KeptObject, keyOf, type ObjectOf } from '../derive/objects-now.ts'
import { isLiving, type LivingRecord, type ObjectRecord, type ObjectVersion, versionId } from './object-record.ts'
import { commandOf, kindWord } from './object-words.ts'
import { usersOf } from './users-of.ts'

interface ObjectBookDeps {
  readonly store: RecordStore<ObjectRecord>
  readonly versions: History<ObjectVersion>
  /** Who else names it, as a sentence: "class web"; undefined: nobody. */
  readonly usedElsewhere?: (kind: ObjectKind, name: string) => string | undefined
  readonly clock: Clock
}

export interface Said {
  readonly source: ObjectSource
  readonly file?: string
  /** The number that it has at central. Left out: one more than before. */
  readonly version?: number
}

export class ObjectBook {
  readonly #deps: ObjectBookDeps
  #changes = 0
  #changing: Promise<unknown> = Promise.resolve()

  constructor(deps: ObjectBookDeps) {
    this.#deps = deps
    deps.store.watch(() => {
      this.#changes++
    })
  }

  /** Grows with each change of any object. */
  changeCount(): number {
    return this.#changes
  }

  onChange(tell: () => void): () => void {
    return this.#deps.store.watch(tell)
  }

  list(): readonly LivingRecord[] {
    return [...this.#deps.store.values()].filter(isLiving).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  kept(): readonly KeptObject[] {
    return this.list().map(({ object, version }) => ({ object, version }))
  }

  lookUp(kind: ObjectKind, name: string): LivingRecord | undefined {
    const record = this.#deps.store.get(keyOf({ kind, name }))
    return record === undefined || !isLiving(record) ? undefined : record
  }

  /** Throws CENTRAL_OBJECT_NOT_FOUND. */
  find(kind: ObjectKind, name: string): LivingRecord {
    const record = this.lookUp(kind, name)
    if (record !== undefined) return record
    throw notFound(`there is no ${kindWord(kind)} ${name}`, kind)
  }

  /** Any version that ever was. Throws CENTRAL_OBJECT_NOT_FOUND. */
  async version<K extends ObjectKind>(kind: K, name: string, version: number): Promise<ObjectOf<K>> {
    const found = await this.#deps.versions.find(versionId(kind, name, version))
    if (found !== undefined) return found.object as ObjectOf<K>
    throw notFound(`${kindWord(kind)} ${name} has no version ${version}`, kind)
  }

  /** Says it anew. The same again changes nothing. A file goes over what was set by hand; nothing goes over what central says but central. */
  put(object: CentralObject, said: Said): Promise<LivingRecord> {
    return this.#alone(async () => {
      const { store, versions, clock } = this.#deps
      const id = keyOf(object)
      const before = store.get(id)
      if (before !== undefined && isLiving(before)) {
        refuseOver(before, said)
        const isSame = canonicalJson(before.object) === canonicalJson(object)
        if (isSame && before.source === said.source && before.file === said.file) return before
        if (isSame) return this.#write({ ...before, ...said })
      }
      const version = said.version ?? (before?.version ?? 0) + 1
      const changedAt = instantOf(clock.now())
      // The version first: whoever sees the number finds what it means.
      await versions.add({ id: versionId(object.kind, object.name, version), object, at: changedAt })
      return this.#write({ id, version, object, changedAt, ...said })
    })
  }

  /** Throws CENTRAL_OBJECT_NOT_FOUND, CENTRAL_OBJECT_FROM_ELSEWHERE, CENTRAL_OBJECT_IN_USE. */
  remove(kind: ObjectKind, name: string): Promise<void> {
    return this.#alone(async () => {
      const record = this.find(kind, name)
      refuseOver(record, { source: 'set' })
      const user =
        usersOf(
          kind,
          name,
          this.kept().map(({ object }) => object),
        )[0] ?? this.#deps.usedElsewhere?.(kind, name)
      if (user !== undefined) throw inUse(kind, name, user)
      await this.#bury(record)
    })
  }

  /** Its file is gone, and with it the object; who needs it is told of that by its closure. */
  forgetFile({ id }: LivingRecord): Promise<void> {
    return this.#alone(async () => {
      const record = this.#deps.store.get(id)
      if (record !== undefined && isLiving(record) && record.source === 'file') await this.#bury(record)
    })
  }

  async #bury({ object: _object, file: _file, ...rest }: LivingRecord): Promise<void> {
    await this.#deps.store.put({ ...rest, changedAt: instantOf(this.#deps.clock.now()) })
  }

  async #write(record: LivingRecord): Promise<LivingRecord> {
    await this.#deps.store.put(record)
    return record
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(work)
    this.#changing = done.catch(() => undefined)
    return done
  }
}

function refuseOver({ object: { kind, name }, source, file }: LivingRecord, said: Said): void {
  const who = `${kindWord(kind)} ${name}`
  if (source === 'central' && said.source !== 'central')
    throw fromElsewhere(`${who} comes from the central that this appliance follows`, 'Change it there, or take another name.')
  if (source !== 'central' && said.source === 'central')
    throw fromElsewhere(
      `${who} is one of this appliance's own`,
      'Rename the one of this appliance; central goes on without it meanwhile.',
    )
  if (source === 'file' && said.source === 'set')
    throw fromElsewhere(`${who} comes from the file ${file}`, 'Change it in that file, or take the file away first.')
  if (source === 'file' && said.source === 'file' && file !== said.file)
    throw fromElsewhere(`${who} is in the file ${file} already`, 'Keep one of the two files.')
}

const fromElsewhere = (message: string, hint: string) => new AppError('CENTRAL_OBJECT_FROM_ELSEWHERE', message, hint)

function inUse(kind: ObjectKind, name: string, user: string): AppError {
  return new AppError(
    'CENTRAL_OBJECT_IN_USE',
    `${kindWord(kind)} ${name} stays: ${user} names it`,
    'Take it out there first, then remove it again.',
  )
}

function notFound(message: string, kind: ObjectKind): AppError {
  return new AppError('CENTRAL_OBJECT_NOT_FOUND', message, `See what there is with \`platen ${commandOf(kind)} list\`.`)
}
