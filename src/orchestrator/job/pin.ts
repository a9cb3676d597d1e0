// A request -> what it means today: node, profile revision, image version. Refuses what cannot work, before anything is queued. Pure.
import type { ConfiguredFile } from '../../contract/configuration.ts'
import { AppError } from '../../contract/errors.ts'
import type { ImageVersionView } from '../../contract/image.ts'
import type { JobRequest } from '../../contract/job.ts'
import type { PersonaliseWish } from '../../contract/personalise.ts'
import type { RunFile } from '../../contract/run.ts'
import type { FileRef } from '../../contract/steps.ts'
import { chooseDisks } from '../../imaging/choose-disk.ts'
import type { PackageService, ProfileRevision } from '../../library/index.ts'
import type { NodeRecord } from '../node/record.ts'
import { rebootRefused } from './failures.ts'
import { packagesOfChange, packagesOfDeploy } from './pin-packages.ts'
import { configurationNames } from './plan-build.ts'
import type { JobPins } from './record.ts'

/** What a request may ask of the rest of the room; each throws the error that names what is missing. */
export interface PinDesk {
  node(idOrName: string): NodeRecord
  profile(name: string): ProfileRevision
  image(name: string, version: number | undefined): ImageVersionView
  /** What the classes of the node say that copies get of their own. */
  personaliseOf(node: NodeRecord): PersonaliseWish | undefined
  readonly packages: Pick<PackageService, 'resolve'>
  /** Files that the node gets by its function. Throws TEMPLATE_NOT_RENDERED. */
  configurationOf(node: NodeRecord): readonly ConfiguredFile[]
  /** Templates and files that a profile names. Throws TEMPLATE_NOT_RENDERED. */
  configurationNamed(profile: string, names: readonly string[]): readonly ConfiguredFile[]
  /** Throws RUN_FILE_NOT_FOUND. */
  runFile(file: RunFile): FileRef
}

export function pinRequest(request: JobRequest, desk: PinDesk): JobPins {
  refuseStrangeFields(request)
  const node = request.node === undefined ? undefined : desk.node(request.node)
  if (node !== undefined && node.state !== 'approved') {
    throw new AppError('NODE_NOT_APPROVED', `${node.name} is ${node.state}`, `Approve it first: platen node approve ${node.name}`)
  }
  const named = node === undefined ? {} : { nodeId: node.id }
  switch (request.kind) {
    case 'build': {
      const inForce = desk.profile(request.profile!)
      const { name, profile, revision } = inForce
      const names = configurationNames(inForce)
      const { architecture, capture, deploy } = profile
      const { image, provides } = capture
      const offers = provides === undefined ? {} : { features: provides }
      const pins = { ...named, architecture, profileRevision: revision, imageName: image, ...offers }
      const files = names.length === 0 ? [] : desk.configurationNamed(name, names)
      return { ...pins, ...personalised(deploy?.personalise), ...configured(files) }
    }
    case 'capture':
      return { ...named, imageName: request.image! }
    case 'try':
      refuseWithSecureBoot(node!)
      refuseOtherProcessor(desk.image(request.image!, request.version), node!)
      return { ...named, ...versionPins(desk.image(request.image!, request.version)) }
    case 'heal':
      return { ...named, ...versionPins(desk.image(request.image!, request.version)) }
    case 'deploy': {
      const version = desk.image(request.image!, request.version)
      refuseOtherProcessor(version, node!)
      // The first that says anything says all of it: nobody has to guess what came from where.
      const wish = request.personalise ?? desk.personaliseOf(node!) ?? version.personalise
      const packages = packagesOfDeploy(request.packages ?? [], node!, version.features ?? [], desk.packages)
      // Whoever says that the copy stays as the image is means its files, too.
      const files = wish === false ? [] : desk.configurationOf(node!)
      return {
        ...named,
        ...versionPins(version),
        ...personalised(wish),
        ...(packages.length === 0 ? {} : { packages }),
        ...configured(files),
      }
    }
    case 'run':
      refuseScripts(request, desk)
      return named
    case 'wipe':
      refuseUnnamedDisks(request, node!)
      return named
    case 'check':
      return named
    case 'packages': {
      const { imageName, version, configuration = [] } = installedOn(node!)
      const files = desk.configurationOf(node!)
      const hasAll = files.every(({ to, digest }) => configuration.some((each) => each.to === to && each.digest === digest))
      return {
        ...named,
        ...versionPins(desk.image(imageName, version)),
        packages: packagesOfChange(request, node!, desk.packages, !hasAll),
        ...configured(files),
      }
    }
  }
}

/** The boot OS's kernel is locked down then: it starts no other. */
function refuseWithSecureBoot({ name, inventory }: NodeRecord): void {
  if (inventory.secureBoot !== 'on') return
  throw rebootRefused(
    `${name} starts with Secure Boot on, and cannot start the kernel of a version from its memory`,
    'Try it on a machine without Secure Boot, or deploy it.',
  )
}

/** Of all files together. */
const MOST_RUN_BYTES = 256 * 1024 * 1024

function refuseScripts({ run }: JobRequest, desk: PinDesk): void {
  const { files } = run!
  if (!files.some(({ isScript }) => isScript)) throw invalid('none of the files is a script', 'Say which of them are run.')
  const paths = new Set(files.map(({ path }) => path))
  if (paths.size !== files.length) throw invalid('a file is named twice', 'Each path once.')
  const bytes = files.reduce((sum, file) => sum + desk.runFile(file).sizeBytes, 0)
  if (bytes > MOST_RUN_BYTES)
    throw invalid(`the files have ${bytes} bytes, ${MOST_RUN_BYTES} are allowed`, 'Let the script fetch what is large.')
}

/** What is erased for ever has to be called by what it is, and not by "the only one". */
function refuseUnnamedDisks({ disk, moreDisks = [] }: JobRequest, { inventory }: NodeRecord): void {
  const hints = [...(disk === undefined ? [] : [disk]), ...moreDisks]
  const isNamed = hints.every(({ serial, wwn, byPath }) => (serial ?? wwn ?? byPath) !== undefined)
  if (hints.length === 0 || disk === undefined || !isNamed)
    throw invalid('a wipe job names its disks by serial, WWN or path', 'See which the machine has: platen node show')
  chooseDisks(hints, inventory.disks)
}

function installedOn({ name, installed }: NodeRecord): NonNullable<NodeRecord['installed']> {
  if (installed !== undefined) return installed
  throw invalid(`${name} runs nothing that was verified`, 'Deploy an image to it first; that job may name packages as well.')
}

function versionPins({ imageName, version, manifestDigest }: ImageVersionView): JobPins {
  return { imageName, imageVersion: version, manifestDigest }
}

function refuseOtherProcessor({ imageName, version, architecture }: ImageVersionView, { name, inventory }: NodeRecord): void {
  if (architecture === undefined || architecture === inventory.architecture) return
  throw new AppError(
    'IMAGE_ARCHITECTURE_DIFFERS',
    `${imageName} version ${version} starts on ${architecture}, ${name} is ${inventory.architecture}`,
    `Deploy an image for ${inventory.architecture}. When the image is that, say so: platen image set ${imageName} ${version} --architecture ${inventory.architecture}`,
  )
}

const configured = (files: readonly ConfiguredFile[]) => (files.length === 0 ? {} : { configuration: files })

const personalised = (personalise: PersonaliseWish | undefined) => (personalise === undefined ? {} : { personalise })

const OF_DEPLOY = ['keepSizes', 'newGuids', 'discard', 'personalise', 'packages'] as const
const OF_PACKAGES = ['removePackages', 'checkPackages'] as const
const FIELDS = [
  'node',
  'profile',
  'image',
  'version',
  'variables',
  'moreDisks',
  'grow',
  'as',
  'run',
  'wipe',
  'check',
  ...OF_DEPLOY,
  ...OF_PACKAGES,
] as const
type Field = (typeof FIELDS)[number]

const TAKES: Record<JobRequest['kind'], { readonly needs: readonly Field[]; readonly may: readonly Field[] }> = {
  build: { needs: ['profile'], may: ['node', 'variables'] },
  capture: { needs: ['node', 'image'], may: ['moreDisks', 'grow', 'as'] },
  deploy: { needs: ['node', 'image'], may: ['version', 'moreDisks', ...OF_DEPLOY] },
  try: { needs: ['node', 'image'], may: ['version'] },
  heal: { needs: ['node', 'image'], may: ['version', 'moreDisks'] },
  packages: { needs: ['node'], may: ['moreDisks', 'packages', ...OF_PACKAGES] },
  run: { needs: ['node', 'run'], may: ['variables'] },
  wipe: { needs: ['node'], may: ['wipe', 'moreDisks'] },
  check: { needs: ['node'], may: ['check'] },
}

function refuseStrangeFields(request: JobRequest): void {
  const { needs, may } = TAKES[request.kind]
  const lacking = needs.find((field) => request[field] === undefined)
  if (lacking !== undefined)
    throw invalid(`a ${request.kind} job needs ${lacking}`, `Add it: platen job add ${request.kind} --${lacking} NAME …`)
  const strange = FIELDS.find((field) => request[field] !== undefined && !needs.includes(field) && !may.includes(field))
  if (strange !== undefined)
    throw invalid(`a ${request.kind} job takes no ${strange}`, `It takes ${[...needs, ...may].join(', ')}.`)
}

function invalid(message: string, hint: string): AppError {
  return new AppError('JOB_REQUEST_INVALID', message, hint)
}
