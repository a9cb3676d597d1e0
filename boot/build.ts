// Builds the boot OS of one architecture: inputs, layers, initrd, loaders, record. Touches cache and boot folder.
import { readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AppError } from '../src/contract/errors.ts'
import type { BootBuildView } from '../src/contract/operator-api.ts'
import type { Architecture } from '../src/contract/values.ts'
import { buildAgentImage } from './agent-image.ts'
import { artefactPath, isComplete, RECIPE_INPUT, readBuildRecord, recipeDigest, requireBuildRecord } from './build-record.ts'
import { sha256, writeAtomically } from './debian/download.ts'
import { DEFAULT_MIRROR } from './debian/suite.ts'
import { buildInitrd } from './initrd.ts'
import { bringInputs, type InputOptions, resolveInputs } from './inputs.ts'
import { squashLayer } from './layers.ts'
import { takeLoaders } from './loaders.ts'
import { type BootLock, describeLockChanges, lockedInputs, readLock, writeLock } from './lock.ts'
import { prepareTools } from './locked-tools.ts'
import type { ReportProgress } from './progress.ts'
import { type Artefacts, formatRecord, makeWorkDir, publish, recoverSwap } from './publish.ts'
import { MAXIMUM_TOTAL_BYTES } from './recipe.ts'
import { buildSystem, type TreeOptions } from './system-tree.ts'

export interface BuildBootOsOptions {
  readonly architecture: Architecture
  /** Gets loaders/ and <architecture>/. */
  readonly bootDir: string
  /** Downloads and compressed layers; may be removed at any time. */
  readonly cacheDir: string
  readonly mirror?: string
  /** Takes what the suite has now and rewrites boot/<architecture>.lock.json. */
  readonly updateLock?: boolean
  /** Another agent than src/winpe-agent, for tests of the boot OS itself. */
  readonly agentEntryPoint?: string
  readonly onProgress?: ReportProgress
}

/** Returns at once when lock file and recipe are those of the build that is there; then only the agent is made again. */
export async function buildBootOs(options: BuildBootOsOptions): Promise<BootBuildView> {
  const { architecture, updateLock = false, onProgress = () => {} } = options
  const bootDir = resolve(options.bootDir)
  const cacheDir = resolve(options.cacheDir)
  const inputOptions = { architecture, mirror: options.mirror ?? DEFAULT_MIRROR, cacheDir, onProgress }
  const lock = await lockFor(inputOptions, updateLock)
  const version = await platenVersion()
  const recipe = await recipeDigest(architecture, version)
  if (await isBuilt(bootDir, architecture, recipe)) return await buildAgent({ ...options, bootDir })

  const used = await bringInputs(lock, inputOptions)
  const workDir = await makeWorkDir(cacheDir)
  try {
    const artefacts = await makeArtefacts({ ...inputOptions, version, lock: used, workDir }, options.agentEntryPoint)
    const record = describeBuild(architecture, used, artefacts, { name: RECIPE_INPUT, version, digest: recipe })
    reportSizes(record, onProgress)
    await publish(bootDir, record, artefacts)
    return record
  } finally {
    await rm(workDir, { recursive: true, force: true })
  }
}

/** Only agent.img, a matter of a second; needs a boot OS that is there. */
export async function buildAgent(options: Omit<BuildBootOsOptions, 'cacheDir'>): Promise<BootBuildView> {
  const bootDir = resolve(options.bootDir)
  const record = await requireBuildRecord(bootDir, options.architecture)
  options.onProgress?.({ stage: 'agent', detail: 'bundling the agent' })
  const image = await buildAgentImage(options.agentEntryPoint)
  const artefact = { name: 'agent.img', sizeBytes: image.length, digest: sha256(image) }
  if (record.artefacts.some(({ name, digest }) => name === artefact.name && digest === artefact.digest)) return record
  const artefacts = record.artefacts.map((existing) => (existing.name === artefact.name ? artefact : existing))
  const next = { ...record, builtAt: new Date().toISOString(), artefacts }
  checkTotal(next)
  await writeAtomically(artefactPath(bootDir, options.architecture, artefact.name), image)
  await writeAtomically(join(bootDir, options.architecture, 'build.json'), formatRecord(next))
  return next
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

async function isBuilt(bootDir: string, architecture: Architecture, recipe: string): Promise<boolean> {
  await recoverSwap(bootDir, architecture)
  const record = await readBuildRecord(bootDir, architecture)
  if (record === undefined || !(await isComplete(bootDir, record))) return false
  return record.inputs.some(({ name, digest }) => name === RECIPE_INPUT && digest === recipe)
}

async function makeArtefacts(options: Omit<TreeOptions, 'tools'>, agentEntryPoint: string | undefined): Promise<Artefacts> {
  const { architecture, lock, cacheDir, workDir, onProgress } = options
  const tools = await prepareTools(options)
  const { kernel, early, layers } = await buildSystem({ ...options, tools })
  onProgress({ stage: 'compress', detail: 'three layers of the initrd' })
  const squashed = {
    node: await squashLayer('node', layers.node, { tools, cacheDir, workDir }),
    modules: await squashLayer('modules', layers.modules, { tools, cacheDir, workDir }),
    system: await squashLayer('system', layers.system, { tools, cacheDir, workDir }),
  }
  onProgress({ stage: 'agent', detail: 'bundling the agent' })
  const loaders = await takeLoaders(architecture, lock, cacheDir, workDir)
  return new Map([
    ['vmlinuz', kernel],
    ['initrd.img', await buildInitrd({ ...early, layers: squashed })],
    ['agent.img', await buildAgentImage(agentEntryPoint)],
    ...[...loaders].map(([name, content]) => [`loaders/${name}`, content] as const),
  ])
}

function describeBuild(
  architecture: Architecture,
  lock: BootLock,
  artefacts: Artefacts,
  recipe: BootBuildView['inputs'][number],
): BootBuildView {
  return {
    architecture,
    builtAt: new Date().toISOString(),
    artefacts: [...artefacts].map(([name, content]) => ({ name, sizeBytes: content.length, digest: sha256(content) })),
    inputs: [recipe, ...lockedInputs(lock).map(({ name, version, digest }) => ({ name, version, digest }))],
  }
}

function reportSizes(record: BootBuildView, onProgress: ReportProgress): void {
  for (const { name, sizeBytes } of record.artefacts) onProgress({ stage: 'done', detail: `${name} ${sizeBytes} bytes` })
  onProgress({ stage: 'done', detail: `together ${checkTotal(record)} of at most ${MAXIMUM_TOTAL_BYTES} bytes` })
}

function checkTotal(record: BootBuildView): number {
  const totalBytes = record.artefacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  if (totalBytes <= MAXIMUM_TOTAL_BYTES) return totalBytes
  throw new AppError(
    'BOOT_OS_TOO_LARGE',
    `loaders, kernel, initrd and agent are ${totalBytes} bytes, more than the ${MAXIMUM_TOTAL_BYTES} allowed`,
    'Take packages or kernel modules out of boot/recipe.ts; `platen boot show` lists what each artefact weighs.',
  )
}

async function platenVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
