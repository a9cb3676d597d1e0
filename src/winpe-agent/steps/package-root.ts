// Packages in a mounted root: fetched into a folder of it, installed by the image's own dpkg or by their scripts, inside. While that goes on no
// service may start: dpkg asks policy-rc.d, systemctl is told that it is offline. Touches the root; what it put there for the work goes again.
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError } from '../../contract/errors.ts'
import type { PackageContent } from '../../contract/package.ts'
import type { FileRef } from '../../contract/steps.ts'
import type { TargetTools } from '../machine.ts'
import type { StepContext } from '../performer.ts'
import { pathInside } from './inside.ts'
import { withFile } from './profile-files.ts'

interface PackageRootDeps {
  readonly root: string
  readonly target: Pick<TargetTools, 'filesDirectory' | 'runScript'>
  readonly environment: Readonly<Record<string, string>>
  readonly context: StepContext
}

/** On the disk, not in memory: packages may be large. */
const STAGE = '/.platen-packages'
const POLICY = '/usr/sbin/policy-rc.d'
/** What was there before. */
const KEPT_POLICY = '/usr/sbin/policy-rc.d.platen-kept'
/** invoke-rc.d(8): 101 is "not allowed". */
const NO_SERVICES = '#!/bin/sh\n# Put here by Platen while packages are installed.\nexit 101\n'
const OFFLINE = { DEBIAN_FRONTEND: 'noninteractive', SYSTEMD_OFFLINE: '1', DEBCONF_NONINTERACTIVE_SEEN: 'true' }

export class PackageRoot {
  readonly #deps: PackageRootDeps

  constructor(deps: PackageRootDeps) {
    this.#deps = deps
  }

  /** Everything else is called while this one's work goes on. */
  async work(changes: () => Promise<void>): Promise<void> {
    const { root } = this.#deps
    const [policy, kept] = [await pathInside(root, POLICY), await pathInside(root, KEPT_POLICY)]
    await rm(posix.join(root, STAGE), { recursive: true, force: true })
    await mkdir(posix.join(root, STAGE), { mode: 0o700 })
    await mkdir(posix.dirname(policy), { recursive: true })
    // One that is kept there already is from a try that was cut off: then what stands in its place is ours.
    if ((await isThere(policy)) && !(await isThere(kept))) await rename(policy, kept)
    await writeFile(policy, NO_SERVICES, { mode: 0o755 })
    try {
      await changes()
    } finally {
      await rm(policy, { force: true })
      if (await isThere(kept)) await rename(kept, policy)
      await rm(posix.join(root, STAGE), { recursive: true, force: true })
    }
  }

  async remove(content: PackageContent): Promise<void> {
    if (content.kind === 'deb') return this.#runText(content, 'remove', `dpkg --purge ${content.name}`)
    await this.#stage(content)
    if (content.remove !== undefined) await this.#runFile(content, content.remove)
    for (const { to } of content.files) if (to !== undefined) await rm(await pathInside(this.#deps.root, to), { force: true })
  }

  /** Several only when all are .debs. */
  async install(group: readonly PackageContent[]): Promise<void> {
    for (const content of group) await this.#stage(content)
    const [first] = group
    if (first === undefined) return
    if (first.kind === 'deb') {
      const files = group.map((content) => `'${stageOf(content)}/${content.files[0]!.path}'`).join(' ')
      return this.#runText(first, 'install', `dpkg --force-confdef --force-confold -i ${files}`)
    }
    for (const file of first.files) if (file.to !== undefined) await this.#place(first, file, file.to, file.mode ?? '0644')
    if (first.install !== undefined) await this.#runFile(first, first.install)
  }

  /** Throws PACKAGE_VERIFY_FAILED. */
  async check(content: PackageContent): Promise<void> {
    try {
      if (content.kind === 'deb') return await this.#runText(content, 'check', dpkgCheck(content))
      for (const { to, digest } of content.files) if (to !== undefined) await this.#compare(content, to, digest)
      if (content.verify === undefined) return
      await this.#stage(content)
      await this.#runFile(content, content.verify)
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'AGENT_SCRIPT_FAILED') throw error
      throw verifyFailed(content, error.message, error)
    }
  }

  /** All files of it, where its scripts find them. */
  async #stage(content: PackageContent): Promise<void> {
    for (const file of content.files) {
      const path = posix.join(this.#deps.root, stageOf(content), file.path)
      if (!(await isThere(path))) await this.#fetch(content, file, path)
    }
  }

  async #fetch({ name, version }: PackageContent, file: FileRef, path: string): Promise<void> {
    if (file.path.split('/').includes('..')) throw verifyFailed({ name, version }, `${file.path} leads out of the package`)
    await mkdir(posix.dirname(path), { recursive: true })
    const from = ['packages', name, version, 'files', file.digest].map(encodeURIComponent).join('/')
    const consume = (body: ReadableStream<Uint8Array>) =>
      pipeline(Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]), createWriteStream(path))
    await withFile(file, this.#deps.context, consume, undefined, `/${from}`)
  }

  /** Under another name first: what runs from the old file meanwhile keeps it. */
  async #place(content: PackageContent, file: FileRef, to: string, mode: string): Promise<void> {
    const { root } = this.#deps
    const path = await pathInside(root, to)
    await mkdir(posix.dirname(path), { recursive: true })
    const source = posix.join(root, stageOf(content), file.path)
    await pipeline(createReadStream(source), createWriteStream(`${path}.platen-new`))
    await chmod(`${path}.platen-new`, Number.parseInt(mode, 8))
    await rename(`${path}.platen-new`, path)
  }

  async #compare(content: PackageContent, to: string, digest: string): Promise<void> {
    const path = await pathInside(this.#deps.root, to)
    const stat = await lstat(path).catch(() => undefined)
    if (stat?.isFile() !== true) throw verifyFailed(content, `${to} is not there`)
    const hash = createHash('sha256')
    await pipeline(createReadStream(path), hash)
    if (hash.digest('hex') !== digest) throw verifyFailed(content, `${to} was changed`)
  }

  /** A script of the package, inside. */
  async #runFile(content: PackageContent, script: FileRef): Promise<void> {
    const path = posix.join(this.#deps.target.filesDirectory, `${keyOf(content)}.${posix.basename(script.path)}`)
    await mkdir(posix.dirname(path), { recursive: true })
    await this.#fetch(content, script, path)
    await this.#run(content, path)
  }

  async #runText(content: PackageContent, what: string, text: string): Promise<void> {
    const path = posix.join(this.#deps.target.filesDirectory, `${keyOf(content)}.${what}`)
    await mkdir(posix.dirname(path), { recursive: true })
    await writeFile(path, `set -eu\n${text}\n`)
    await this.#run(content, path)
  }

  async #run(content: PackageContent, path: string): Promise<void> {
    const { root, target, context } = this.#deps
    await chmod(path, 0o755)
    const own = { PLATEN_PACKAGE: stageOf(content), PLATEN_PACKAGE_NAME: content.name, PLATEN_PACKAGE_VERSION: content.version }
    const environment = { ...this.#deps.environment, ...OFFLINE, ...own }
    await target.runScript({ path, environment, root, signal: context.signal, log: context.log })
  }
}

/** Epochs stand before a colon, which search paths are cut at. */
const keyOf = ({ name, version }: Pick<PackageContent, 'name' | 'version'>): string => `${name}_${version.replaceAll(':', '%')}`
const stageOf = (content: PackageContent): string => `${STAGE}/${keyOf(content)}`

/** Installed in this version, and no file of it missing or changed but those that are there to be changed. */
function dpkgCheck({ name, version }: PackageContent): string {
  return [
    `said=$(dpkg-query -W -f='\${db:Status-Status} \${Version}' ${name})`,
    `[ "$said" = 'installed ${version}' ] || { echo "dpkg says: $said"; exit 1; }`,
    `changed=$(dpkg --verify ${name} | grep -v '^[^ ]* *c ' || true)`,
    `[ -z "$changed" ] || { echo "$changed"; exit 1; }`,
  ].join('\n')
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

function verifyFailed({ name, version }: Pick<PackageContent, 'name' | 'version'>, reason: string, cause?: Error): AppError {
  return new AppError(
    'PACKAGE_VERIFY_FAILED',
    `${name} ${version} is not in the image as it was installed: ${reason}`,
    'Install it again with a job of kind packages, or deploy the image anew.',
    { cause },
  )
}
