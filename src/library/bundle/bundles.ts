// Composite bundles: made of what is here, brought from elsewhere, held against what is here, and installed whole or not at all.
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { BroughtBundle, BundleInstall, BundleKey, BundleKind, BundleTrust, InstalledBundle } from '../../contract/bundle.ts'
import type { Finding } from '../../contract/doctor.ts'
import { AppError } from '../../contract/errors.ts'
import { type MinisignSigner, publicKeyFile, readPublicKey } from '../../imaging/minisign.ts'
import { type Clock, instantOf, type Log, type RecordStore } from '../../store/index.ts'
import type { ImageStoreService } from '../image/image-service.ts'
import type { ManifestReader } from '../image/manifest-reader.ts'
import { Turns } from '../image/turns.ts'
import type { Packages } from '../package/packages.ts'
import type { Profiles } from '../profile/profiles.ts'
import { planOf, putAll, refuseConflicts, viewOf } from './install.ts'
import type { BundleThing } from './kind.ts'
import { makeBundle } from './make.ts'
import { choose } from './selection.ts'
import { StagedFolder } from './staged-folder.ts'
import { type TakenIn, takeIn } from './take-in.ts'

/** A key that a person trusted on its first use. */
export interface KnownKey {
  readonly id: string
  readonly publicKey: string
}

export interface BundlesDeps {
  readonly dataDir: string
  readonly things: readonly BundleThing[]
  readonly images: ImageStoreService
  readonly packages: Packages
  readonly profiles: Pick<Profiles, 'look'>
  readonly reader: ManifestReader
  readonly signer: MinisignSigner & { publicKeys(): readonly { readonly keyId: string; readonly publicKey: string }[] }
  readonly knownKeys: RecordStore<KnownKey>
  readonly programVersion: string
  readonly clock: Clock
  readonly log: Log
}

/** Nobody said what to do with it for so long: it goes. */
const FORGOTTEN_MS = 3_600_000

interface Waiting extends TakenIn {
  readonly staged: StagedFolder
  readonly callOff: () => void
}

export class Bundles {
  readonly #deps: BundlesDeps
  readonly #things: ReadonlyMap<BundleKind, BundleThing>
  readonly #incoming: string
  readonly #waiting = new Map<string, Waiting>()
  readonly #unfinished = new Map<string, string>()
  /** One installation after the other. */
  readonly #turns = new Turns()

  private constructor(deps: BundlesDeps) {
    this.#deps = deps
    this.#things = new Map(deps.things.map((thing) => [thing.kind, thing]))
    this.#incoming = join(deps.dataDir, 'bundles', 'incoming')
  }

  /** Finishes what an appliance that died had begun to install, before anybody can look. */
  static async open(deps: BundlesDeps): Promise<Bundles> {
    const bundles = new Bundles(deps)
    for (const staged of await StagedFolder.begun(bundles.#incoming)) await bundles.#finishLater(staged)
    return bundles
  }

  key(): BundleKey {
    const { keyId, line } = readPublicKey(publicKeyFile(this.#deps.signer))!
    return { keyId, publicKey: line }
  }

  /** The file. Throws BUNDLE_SELECTION_UNKNOWN before its first byte. */
  async make(select: readonly string[] = []): Promise<AsyncGenerator<Uint8Array>> {
    const { images, packages, signer, programVersion, clock } = this.#deps
    const things = this.#things
    const chosen = await choose(select, { things, images, packages })
    return makeBundle({ chosen, things, images, signer, createdAt: instantOf(clock.now()), createdBy: programVersion })
  }

  /** Reads and checks all of it; nothing is stored but what waits for `install`. Throws as takeIn does. */
  async bring(body: AsyncIterable<Uint8Array>, trust: BundleTrust): Promise<BroughtBundle> {
    const { images, reader, signer, knownKeys, clock } = this.#deps
    const staged = await StagedFolder.make(this.#incoming)
    // What it finds in the store stays there until it is installed or given up.
    await images.reserve({ jobId: jobOf(staged), imageName: '' }, 0)
    const keys = {
      own: () => signer.publicKeys(),
      isKnown: (line: string) => [...knownKeys.values()].some(({ publicKey }) => publicKey === line),
    }
    try {
      const taken = await takeIn(body, trust, staged, { things: this.#things, images, reader, keys })
      const callOff = clock.after(FORGOTTEN_MS, () => void this.drop(staged.id).catch(() => undefined))
      this.#waiting.set(staged.id, { ...taken, staged, callOff })
      return await this.show(staged.id)
    } catch (error) {
      images.release(jobOf(staged))
      await staged.remove()
      throw error
    }
  }

  /** How it stands to what is here now. Throws BUNDLE_NOT_FOUND. */
  async show(id: string): Promise<BroughtBundle> {
    const { index, key, keyStanding, staged } = this.#find(id)
    const plan = await planOf(index.entries, this.#things)
    return {
      id,
      createdAt: index.createdAt,
      createdBy: index.createdBy,
      keyId: key.keyId,
      publicKey: key.line,
      keyStanding,
      newChunks: (await staged.chunks()).length,
      entries: plan.map(viewOf),
    }
  }

  /** All of it, or nothing. Throws BUNDLE_CONFLICT, IMAGE_STORE_FULL, and BUNDLE_UNFINISHED when it could not come to its end. */
  install(id: string, how: BundleInstall): Promise<InstalledBundle> {
    return this.#turns.run(() => this.#install(id, how))
  }

  /** Gives it up. */
  async drop(id: string): Promise<void> {
    const { staged, callOff } = this.#find(id)
    if (await staged.hasBegun()) return
    callOff()
    this.#waiting.delete(id)
    this.#deps.images.release(jobOf(staged))
    await staged.remove()
  }

  findings(): readonly Finding[] {
    return [...this.#unfinished].map(([id, reason]) => ({
      severity: 'problem' as const,
      subject: 'bundles',
      seen: `the installation of bundle ${id} stopped: ${reason}`,
      advice: 'Mend the reason, then start the appliance anew: it goes on where it stopped.',
    }))
  }

  async #install(id: string, { onConflict }: BundleInstall): Promise<InstalledBundle> {
    const { index, staged, key, keyStanding, callOff } = this.#find(id)
    if (!(await staged.hasBegun())) {
      const plan = await planOf(index.entries, this.#things)
      refuseConflicts(plan, onConflict, this.#things)
      await this.#storeChunks(staged)
      for (const { entry, thing, standing } of plan) if (standing.kind !== 'equal') await thing.check?.(entry, staged)
      const newKey = keyStanding === 'first-use' ? { newKey: { id: key.keyId, publicKey: key.line } } : {}
      await staged.begin({ onConflict, ...newKey })
    }
    callOff()
    const entries = await this.#finish(staged)
    this.#waiting.delete(id)
    this.#deps.images.release(jobOf(staged))
    await this.#deps.profiles.look(true).catch(() => undefined)
    const aside = this.#asideOf(staged)
    const isThere = await access(aside).then(
      () => true,
      () => false,
    )
    return { id, entries: [...entries], ...(isThere ? { aside } : {}) }
  }

  /** No version names them yet: were this the end, they would be collected. */
  async #storeChunks(staged: StagedFolder): Promise<void> {
    const { images } = this.#deps
    const digests = await staged.chunks()
    let sizeBytes = 0
    for (const digest of digests) sizeBytes += await staged.chunkBytes(digest)
    await images.reserve({ jobId: jobOf(staged), imageName: '' }, sizeBytes)
    for (const digest of digests) {
      await images.putChunk(jobOf(staged), digest, await staged.readChunk(digest))
      await staged.dropChunk(digest)
    }
  }

  async #finish(staged: StagedFolder): Promise<InstalledBundle['entries']> {
    const { log, knownKeys } = this.#deps
    try {
      const { onConflict, newKey } = await staged.readBegun()
      const { entries } = await staged.readIndex()
      const done = await putAll(entries, { onConflict, staged, aside: this.#asideOf(staged), things: this.#things })
      if (newKey !== undefined) await knownKeys.put(newKey)
      await staged.remove()
      this.#unfinished.delete(staged.id)
      const count = (what: string) => done.filter((each) => each.done === what).length
      log.info({ bundle: staged.id, installed: count('installed'), replaced: count('replaced') }, 'a bundle was installed')
      return [...done]
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#unfinished.set(staged.id, reason)
      log.error({ err: error, code: 'BUNDLE_UNFINISHED', bundle: staged.id }, 'a bundle could not be installed to its end')
      throw unfinished(reason, error)
    }
  }

  async #finishLater(staged: StagedFolder): Promise<void> {
    await this.#finish(staged).catch(() => undefined)
  }

  #asideOf({ id }: StagedFolder): string {
    return join(this.#deps.dataDir, 'bundles', 'aside', id)
  }

  #find(id: string): Waiting {
    const found = this.#waiting.get(id)
    if (found !== undefined) return found
    throw new AppError(
      'BUNDLE_NOT_FOUND',
      `no bundle ${id} waits to be installed`,
      'Bring it again: one that nobody installs is given up after an hour, and when the appliance starts anew.',
    )
  }
}

const jobOf = ({ id }: Pick<StagedFolder, 'id'>): string => `bundle.${id}`

function unfinished(reason: string, cause: unknown): AppError {
  return new AppError(
    'BUNDLE_UNFINISHED',
    `the bundle is installed in part, and will be whole: ${reason}`,
    'Mend the reason (a full disk, a folder that cannot be written to), then install it again or start the appliance anew: it goes on where it stopped.',
    { cause },
  )
}
