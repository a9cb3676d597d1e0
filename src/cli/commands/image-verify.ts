// platen image verify
import { AppError } from '../../contract/errors.ts'
import type { ImageVersionView } from '../../contract/image.ts'
import type { VersionCheck } from '../../contract/image-care.ts'
import type { OperatorApi } from '../api.ts'
import { numberWord } from '../arguments.ts'
import { API_OPTIONS, apiOf, type CommandContext, defineCommand } from '../command.ts'

const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 1000

export const imageVerify = defineCommand({
  name: 'image verify',
  summary:
    'Read images out of the store and digest them, and say who made them; exit status 0 when every chunk and signature is what it says.',
  words: ['[image]', '[version]'],
  options: API_OPTIONS,

  async run(input, context) {
    const api = apiOf(input, context)
    const [name, versionText] = input.words
    const wanted = versionText === undefined ? undefined : numberWord('image verify', 'version', versionText)
    const all = (await api.images()).flatMap((image) => image.versions)
    const versions = all.filter((one) => (name ?? one.imageName) === one.imageName && (wanted ?? one.version) === one.version)
    if (name !== undefined && versions.length === 0) {
      throw new AppError('IMAGE_NOT_FOUND', `no image "${input.words.join(' ')}"`, 'List them with `platen image list`.')
    }
    const checks: VersionCheck[] = []
    for (const [index, one] of versions.entries()) {
      const text = `reading ${one.imageName} version ${one.version}`
      const check = await checkOf(one, { api, context }, (share) =>
        context.out.progress({ percent: (100 * (index + share)) / versions.length, text }),
      )
      checks.push(check)
      if (!input.values.json) context.out.print(describeCheck(check))
    }
    context.out.endProgress()
    if (versions.length === 0 && !input.values.json) context.out.print('No images: nothing to read.')
    if (input.values.json) context.out.print(JSON.stringify(checks, undefined, 2))
    const hurt = checks.filter(({ damaged }) => damaged.length > 0)
    if (hurt.length > 0) throw damagedVersions(hurt)
    const forged = checks.filter(({ signatures }) => signatures.some(({ standing }) => standing === 'wrong'))
    if (forged.length > 0) throw wrongSignatures(forged)
  },
})

interface Asking {
  readonly api: OperatorApi
  readonly context: CommandContext
}

/** The appliance reads by itself: it is asked how far it is, since no request lives as long as a large version takes. */
async function checkOf(
  { imageName, version }: ImageVersionView,
  { api, context }: Asking,
  onShare: (share: number) => void,
): Promise<VersionCheck> {
  const begun = await api.beginVerify(imageName, version)
  let status = begun
  for (let looks = 0; status.isRunning; looks++) {
    onShare((status.checkedChunks ?? 0) / Math.max(1, status.chunkCount))
    // A small one is read in no time.
    await context.sleep(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** looks), context.signal)
    status = await api.verifyStatus(imageName, version)
  }
  const last = status.last?.startedAt === begun.startedAt ? status.last : undefined
  if (last?.result !== undefined) return last.result
  throw new AppError(
    'IMAGE_CHECK_UNFINISHED',
    `${imageName} version ${version} was not read to its end: ${last?.failure ?? 'the appliance knows nothing of it any more'}`,
    'Run it again. An appliance that was restarted meanwhile has forgotten what it read.',
  )
}

function describeCheck({ imageName, version, chunkCount, damaged, signatures }: VersionCheck): string {
  const subject = `${imageName} version ${version}`
  if (damaged.length === 0) return `${subject}: whole (${chunkCount} chunks), ${signaturesText(signatures)}`
  return [`${subject}: ${damaged.length} of ${chunkCount} chunks damaged`, ...damaged.map(({ reason }) => `  ${reason}`)].join(
    '\n',
  )
}

function signaturesText(signatures: VersionCheck['signatures']): string {
  if (signatures.length === 0) return 'not signed: it is older than signatures'
  return signatures
    .map(({ as, keyId, standing, by }) => `${as} ${by === undefined ? BY[standing] : `by ${by}`} (key ${keyId})`)
    .join(', ')
}

const BY = { own: 'here', other: 'elsewhere', wrong: 'by nobody knows whom: the signature is wrong' } as const

function wrongSignatures(forged: readonly VersionCheck[]): AppError {
  const names = forged.map(({ imageName, version }) => `${imageName} ${version}`).join(', ')
  return new AppError(
    'IMAGE_SIGNATURE_WRONG',
    `not signed by whom they say: ${names}`,
    'Somebody changed their records in the data folder. Compare them with a backup, or with where they came from.',
  )
}

function damagedVersions(hurt: readonly VersionCheck[]): AppError {
  const names = hurt.map(({ imageName, version }) => `${imageName} ${version}`).join(', ')
  const hint =
    'Fetch its chunks from the nodes that hold them with `platen image heal IMAGE VERSION`. Deploys of it are refused until then.'
  return new AppError('IMAGE_CHUNK_CORRUPT', `damaged in the store: ${names}`, hint)
}
