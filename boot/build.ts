// Builds the boot OS of one architecture: inputs, layers, initrd, loaders, record; and the additions of a variant. Touches the cache alone:
// whoever asked keeps what comes out.
import { readFile, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { BootBuildRecord } from '../src/contract/boot-build.ts'
import { AppError } from '../src/contract/errors.ts'
import type { Architecture } from '../src/contract/values.ts'
import { type Additions, additionsDigest, bringAdditions } from './additions.ts'
import { buildAgentImage } from './agent-image.ts'
import { type Artefacts, type ExistingBuild, filesOfSame, RECIPE_INPUT, recipeDigest, VARIANT_INPUT } from './build-record.ts'
import { sha256 } from './debian/download.ts'
import { DEFAULT_MIRROR } from './debian/suite.ts'
import { buildInitrd } from './initrd.ts'
import { bringInputs, type InputOptions, resolveInputs } from './inputs.ts'
import { squashLayer } from './layers.ts'
import { takeLoaders } from './loaders.ts'
import { type BootLock, describeLockChanges, type LockedPackage, lockedInputs, readLock, writeLock } from './lock.ts'
import { prepareTools } from './locked-tools.ts'
import type { ReportProgress } from './progress.ts'
import { MAXIMUM_TOTAL_BYTES, MAXIMUM_VARIANT_BYTES } from './recipe.ts'
import { buildSystem, type TreeOptions } from './system-tree.ts'
import { buildVariant } from './variant.ts'
import { makeWorkDir } from './work-dir.ts'

export interface BuildBootOsOptions {
  readonly architecture: Architecture
  /** Downloads and compressed layers; may be removed at any time. */
  readonly cacheDir: string
  /** What is there already, the newest first: files of the same recipe are taken from them. */
  readonly existing: readonly ExistingBuild[]
  readonly mirror?: string
  /** Takes what the suite has now and rewrites the lock: of the recipe, or of the additions when there are some. */
  readonly updateLock?: boolean
  /** Made into a variant with these. */
  readonly additions?: Additions
  readonly onProgress?: ReportProgress
}

export interface BuiltBootOs {
  readonly record: BootBuildRecord
  readonly artefacts: Artefacts
}

type Input = BootBuildRecord['inputs'][number]

interface Made {
  readonly inputs: readonly Input[]
  readonly artefacts: Artefacts
}

/** Quick when a build of the same recipe and additions is there: then only the agent is made again. */
export async function buildBootOs(options: BuildBootOsOptions): Promise<BuiltBootOs> {
  const { architecture, additions, updateLock = false, onProgress = () => {} } = options
  const cacheDir = resolve(options.cacheDir)
  const inputOptions = { architecture, mirror: options.mirror ?? DEFAULT_MIRROR, cacheDir, onProgress }
  const lock = await lockFor(inputOptions, updateLock && additions === undefined)
  const recipe = { name: RECIPE_INPUT, version: await platenVersion(), digest: '' }
  const work = { ...inputOptions, lock, recipe: { ...recipe, digest: await recipeDigest(architecture, recipe.version) } }
  const made =
    additions === undefined ? await plain(options.existing, work) : await variant(additions, { ...options, ...work }, updateLock)
  onProgress({ stage: 'agent', detail: 'bundling the agent' })
  const artefacts = new Map([...made.artefacts, ['agent.img', await buildAgentImage()]])
  const record = {
    architecture,
    ...(additions === undefined ? {} : { variant: additions.name }),
    builtAt: new Date().toISOString(),
    artefacts: [...artefacts].map(([name, content]) => ({ name, sizeBytes: content.length, digest: sha256(content) })),
    inputs: [...made.inputs],
  }
  reportSizes(record, onProgress)
  return { record, artefacts }
}

interface Work extends InputOptions {
  readonly lock: BootLock
  readonly recipe: Input
}

async function plain(existing: readonly ExistingBuild[], work: Work): Promise<Made> {
  const same = await filesOfSame(existing, work.recipe.digest, undefined)
  if (same !== undefined) return { inputs: same.record.inputs, artefacts: same.artefacts }
  const used = { ...work, lock: await bringInputs(work.lock, work) }
  return await inWorkDir(work.cacheDir, (workDir) => makePlain({ ...used, workDir }))
}

/** The plain one's files, with one more initrd. What it is laid over must be made from the very packages that it was compared with. */
async function variant(additions: Additions, options: BuildBootOsOptions & Work, updateLock: boolean): Promise<Made> {
  const { existing, recipe, cacheDir } = options
  const lock = await bringInputs(options.lock, options)
  const packages = await bringAdditions(additions, lock, options, updateLock)
  const digest = additionsDigest(additions, packages)
  const inputs = [{ name: VARIANT_INPUT, version: additions.name, digest }, ...packages.map(inputOf)]
  const same = await filesOfSame(existing, recipe.digest, digest)
  if (same !== undefined) return { inputs: same.record.inputs, artefacts: same.artefacts }
  return await inWorkDir(cacheDir, async (workDir) => {
    const work = { ...options, version: recipe.version, lock, workDir }
    const base = await filesOfSame(existing, recipe.digest, undefined)
    const isFit = base !== undefined && isMadeFrom(base.record.inputs, lock)
    const under = isFit ? { inputs: base.record.inputs, artefacts: base.artefacts } : await makePlain(work)
    options.onProgress?.({ stage: 'variant', detail: `${packages.length} packages, ${additions.files.length} files` })
    const tools = await prepareTools({ ...work, workDir: `${workDir}/variant` })
    const more = { packages, modules: additions.modules, files: additions.files }
    const image = await buildVariant({ ...work, workDir: `${workDir}/variant`, tools, name: additions.name, digest, more })
    return { inputs: [...under.inputs, ...inputs], artefacts: new Map([...under.artefacts, ['variant.img', image]]) }
  })
}

async function inWorkDir<T>(cacheDir: string, work: (workDir: string) => Promise<T>): Promise<T> {
  const workDir = await makeWorkDir(cacheDir)
  try {
    return await work(workDir)
  } finally {
    await rm(workDir, { recursive: true, force: true })
  }
}

async function lockFor(options: InputOptions, updateLock: boolean): Promise<BootLock> {
  const existing = updateLock ? await readLock(options.architecture).catch(() => undefined) : await readLock(options.architecture)
  if (existing !== undefined && !updateLock) return existing
  const current = await resolveInputs(options)
  for (const line of existing === undefined ? [] : describeLockChanges(existing, current)) {
    options.onProgress({ stage: 'resolve', detail: line })
  }
  await writeLock(options.architecture, current)
  return current
}

async function makePlain(options: Omit<TreeOptions, 'tools' | 'version'> & { readonly recipe: Input }): Promise<Made> {
  const { architecture, lock, cacheDir, workDir, recipe, onProgress } = options
  const tools = await prepareTools(options)
  const { kernel, early, layers } = await buildSystem({ ...options, version: recipe.version, tools })
  onProgress({ stage: 'compress', detail: 'three layers of the initrd' })
  const squashed = {
    node: await squashLayer('node', layers.node, { tools, cacheDir, workDir }),
    modules: await squashLayer('modules', layers.modules, { tools, cacheDir, workDir }),
    system: await squashLayer('system', layers.system, { tools, cacheDir, workDir }),
  }
  const loaders = await takeLoaders(architecture, lock, cacheDir, workDir)
  const identity = `PLATEN_RECIPE=${recipe.digest}\n`
  return {
    inputs: [recipe, ...lockedInputs(lock).map(inputOf)],
    artefacts: new Map([
      ['vmlinuz', kernel],
      ['initrd.img', await buildInitrd({ ...early, identity, layers: squashed })],
      ...[...loaders].map(([name, content]) => [`loaders/${name}`, content] as const),
    ]),
  }
}

const inputOf = ({ name, version, digest }: LockedPackage): Input => ({ name, version, digest })

function isMadeFrom(inputs: readonly Input[], lock: BootLock): boolean {
  const digests = new Set(inputs.map(({ digest }) => digest))
  return lockedInputs(lock).every(({ digest }) => digests.has(digest))
}

function reportSizes(record: BootBuildRecord, onProgress: ReportProgress): void {
  for (const { name, sizeBytes } of record.artefacts) onProgress({ stage: 'done', detail: `${name} ${sizeBytes} bytes` })
  const mostBytes = record.variant === undefined ? MAXIMUM_TOTAL_BYTES : MAXIMUM_VARIANT_BYTES
  const totalBytes = record.artefacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  onProgress({ stage: 'done', detail: `together ${totalBytes} of at most ${mostBytes} bytes` })
  if (totalBytes <= mostBytes) return
  throw new AppError(
    'BOOT_OS_TOO_LARGE',
    `loaders, kernel, initrds and agent are ${totalBytes} bytes, more than the ${mostBytes} allowed`,
    'Take packages or kernel modules out of boot/recipe.ts, or out of boot.yaml where that brought them.',
  )
}

async function platenVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
