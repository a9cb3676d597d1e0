// The CA of this appliance: <dataDir>/secrets/ca (0600), made at the first start. Touches that file.
//
//   root <--signs-- server certificate          made anew at every start, and when names change or it grows old
//   root before <--signs-- root now             while the overlap lasts: who trusts the one before follows to what the new one signs
//
// The chain that the server shows is its certificate and then these signatures, the latest first.
import { existsSync } from 'node:fs'
import { chmod, mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { certificatesIn, fingerprintOf } from '../../contract/certificates.ts'
import { type Clock, instantOf, replaceFile } from '../../store/index.ts'
import { readOrMakeSecret, unusable } from '../secrets.ts'
import { type CertifiedKey, crossSign, makeRoot, makeServerCertificate } from './x509.ts'

const DAY_MS = 86_400_000
const ROOT_DAYS = 3650
/** Systems that people use refuse more than 398 days; it is made anew long before. */
const SERVER_DAYS = 90
/** What a handshake carries is not to grow without end. */
const MOST_FOLLOWED = 8
/** For clocks that are behind. */
const EARLY_DAYS = 2

const Kept = Type.Object({
  key: Type.String(),
  certificate: Type.String(),
  /** The latest first. link: the root after it, signed by it. */
  before: Type.Array(Type.Object({ certificate: Type.String(), link: Type.String(), followedUntil: Type.Integer() })),
})
type Kept = Static<typeof Kept>

export interface Authority {
  /** In PEM. */
  readonly certificate: string
  readonly fingerprint: string
  readonly validUntil: number
  /** Those that are still followed. */
  before(): readonly { readonly certificate: string; readonly followedUntil: number }[]
  /** All that are trusted now, the latest first, in PEM. */
  bundle(): string
  /** A certificate for these names, with the chain that leads to every root that is trusted, and its key. */
  issue(names: readonly string[]): Promise<CertifiedKey>
  /** A new root. Who trusts the one before follows for so many days. */
  rotate(overlapDays: number): Promise<void>
}

/** Throws APPLIANCE_SECRET_UNUSABLE when the file is there and is not what it has to be. */
export async function openAuthority(dataDir: string, clock: Clock): Promise<Authority> {
  const path = join(dataDir, 'secrets', 'ca')
  await mkdir(join(dataDir, 'secrets'), { recursive: true, mode: 0o700 })
  const first = existsSync(path) ? undefined : JSON.stringify({ ...(await newRoot(clock)), before: [] } satisfies Kept)
  let kept = read(await readOrMakeSecret(path, () => first ?? ''), path)
  await chmod(path, 0o600)
  let turn: Promise<void> = Promise.resolve()
  const before = () => kept.before.filter(({ followedUntil }) => followedUntil > clock.now())

  async function rotateNow(overlapDays: number): Promise<void> {
    const next = await newRoot(clock)
    const followedUntil = clock.now() + overlapDays * DAY_MS
    const validity = { notBefore: daysFrom(clock, -EARLY_DAYS), notAfter: new Date(followedUntil) }
    const here =
      overlapDays === 0
        ? []
        : [{ certificate: kept.certificate, link: await crossSign(next, kept, validity), followedUntil }, ...before()].slice(
            0,
            MOST_FOLLOWED,
          )
    const changed: Kept = { ...next, before: here }
    await replaceFile(path, lineOf(JSON.stringify(changed)), false)
    kept = changed
  }

  return {
    get certificate() {
      return kept.certificate
    },
    get fingerprint() {
      return fingerprintOf(certificatesIn(kept.certificate)[0]!)
    },
    get validUntil() {
      return Date.parse(certificatesIn(kept.certificate)[0]!.validTo)
    },
    before,
    bundle: () => joined([kept.certificate, ...before().map(({ certificate }) => certificate)]),
    async issue(names) {
      const validity = { notBefore: daysFrom(clock, -EARLY_DAYS), notAfter: daysFrom(clock, SERVER_DAYS) }
      const { key, certificate } = await makeServerCertificate(kept, names, validity)
      return { key, certificate: joined([certificate, ...before().map(({ link }) => link)]) }
    },
    // One after the other, or the root of the one between would be forgotten.
    rotate: (overlapDays) => {
      turn = turn.catch(() => undefined).then(() => rotateNow(overlapDays))
      return turn
    },
  }
}

/** Two roots never have one name: or a chain could lead to the wrong one. */
function newRoot(clock: Clock): Promise<CertifiedKey> {
  const name = `Platen CA of ${hostname()}, ${instantOf(clock.now())}`.slice(0, 64)
  return makeRoot(name, { notBefore: daysFrom(clock, -EARLY_DAYS), notAfter: daysFrom(clock, ROOT_DAYS) })
}

const joined = (pems: readonly string[]): string => pems.map((pem) => `${pem.trim()}\n`).join('')

const daysFrom = (clock: Clock, days: number): Date => new Date(clock.now() + days * DAY_MS)

function read(text: string, path: string): Kept {
  let kept: unknown
  try {
    kept = JSON.parse(text)
  } catch (error) {
    throw unusable(path, 'it is not JSON', error)
  }
  if (!Value.Check(Kept, kept)) throw unusable(path, 'it is not the CA of an appliance')
  if (certificatesIn(kept.certificate).length !== 1) throw unusable(path, 'its certificate cannot be read')
  return kept
}

async function* lineOf(line: string): AsyncGenerator<string> {
  yield `${line}\n`
}
