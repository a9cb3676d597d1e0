// Packages, revisions of profiles, and objects: a record that proves itself by its digest, and files by digest beside it.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FollowedItem } from '../../../../contract/central/follow.ts'
import { AppError } from '../../../../contract/errors.ts'
import type { Exchange } from '../../../../library/index.ts'
import type { RecordStore } from '../../../../store/index.ts'
import type { ObjectPort } from '../../ports.ts'
import { digestOfBody } from '../../request-signature.ts'
import { readAll } from '../central-link.ts'
import { fetchFile } from '../fetch-file.ts'
import type { Bringing, ItemKind } from './kind.ts'

const MOST_OBJECT_BYTES = 8 * 1024 * 1024

type PackageRecord = ReturnType<Exchange['packageRecord']>
type ProfileRevision = Awaited<ReturnType<Exchange['profileRevision']>>

export function packageKind(exchange: Exchange): ItemKind {
  return {
    has: ({ name, version = '', digest }) => exchange.hasPackage(name, version, digest),
    bring: (item, how) =>
      withFiles<PackageRecord>(item, `/packages/${item.name}/${encodeURIComponent(item.version ?? '')}`, how, (record, fileOf) =>
        exchange.takePackage(record, item.digest, fileOf),
      ),
  }
}

export function profileKind(exchange: Exchange): ItemKind {
  return {
    has: ({ name, digest }) => exchange.hasProfile(name, digest),
    bring: (item, how) =>
      withFiles<ProfileRevision>(item, `/profiles/${item.name}/${item.version}`, how, (revision, fileOf) =>
        exchange.takeProfile(revision, item.digest, fileOf),
      ),
  }
}

/** What was taken, by kind and name. */
export interface TakenRecord {
  readonly id: string
  readonly digest: string
}

export function objectKind(objects: ObjectPort, taken: RecordStore<TakenRecord>): ItemKind {
  const idOf = ({ kind, name, version = '' }: Pick<FollowedItem, 'kind' | 'name' | 'version'>): string =>
    [kind, name, version].join(' ')
  return {
    has: (item) => taken.get(idOf(item))?.digest === item.digest,
    async bring({ kind, name, version, digest }, { link, signal }) {
      const path = `/objects/${kind}/${name}${version === undefined ? '' : `/${encodeURIComponent(version)}`}`
      const text = (await readAll(await link.send({ path, signal }), MOST_OBJECT_BYTES)).toString('utf8')
      if (digestOfBody(text) !== digest) throw differs(`${kind} ${name}`, digest)
      const item = { kind, name, ...(version === undefined ? {} : { version }) }
      await objects.take({ ...item, text })
      await taken.put({ id: idOf(item), digest })
    },
  }
}

interface WithFiles {
  readonly files: Readonly<Record<string, { readonly digest: string; readonly sizeBytes: number }>>
}

/** take proves the record; until then nothing of it is used but where its files are. */
async function withFiles<T extends WithFiles>(
  item: FollowedItem,
  path: string,
  { link, folder, signal }: Bringing,
  take: (record: T, fileOf: (digest: string) => string) => Promise<void>,
): Promise<void> {
  const record = (await link.json({ path, signal })) as T
  const files = Object.values((record as Partial<T> | null)?.files ?? {})
  if (!files.every(({ digest, sizeBytes }) => /^[0-9a-f]{64}$/.test(digest) && Number.isSafeInteger(sizeBytes)))
    throw differs(`${item.kind} ${item.name}`, item.digest)
  // Of each item its own: what came for one that failed does not stay for ever.
  const own = join(folder, item.digest)
  for (const { digest, sizeBytes } of files)
    await fetchFile(link, own, { path: `${path}/files/${digest}`, digest, sizeBytes }, signal)
  await take(record, (digest) => join(own, digest))
  await rm(own, { recursive: true, force: true })
}

function differs(what: string, digest: string): AppError {
  return new AppError(
    'SITE_CONTENT_DIFFERS',
    `what came as ${what} is not what ${digest.slice(0, 12)} names`,
    'It is fetched again by itself. If it stays, somebody changes what comes, or central and this appliance are of different versions.',
  )
}
