// The packages that a Debian suite has now: signed InRelease, then the indexes it vouches for. Touches the network, gpgv and xz.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../src/contract/errors.ts'
import { runCommand } from '../run-command.ts'
import { fetchFile, fetchIntoCache } from './download.ts'
import { type DebianPackage, parsePackagesIndex } from './packages-index.ts'

export const SUITE = 'trixie'
export const DEFAULT_MIRROR = 'http://deb.debian.org/debian'
const COMPONENTS = ['main', 'non-free-firmware']
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

export interface Suite {
  /** The point release: 13.7. */
  readonly release: string
  readonly packages: readonly DebianPackage[]
}

export async function fetchSuite(mirror: string, debianArchitecture: string, cacheDir: string): Promise<Suite> {
  const release = await fetchVerifiedRelease(mirror)
  const digests = parseReleaseDigests(release)
  const packages: DebianPackage[] = []
  for (const component of COMPONENTS) {
    const path = `${component}/binary-${debianArchitecture}/Packages.xz`
    packages.push(...parsePackagesIndex(await fetchIndex(mirror, path, digests.get(path), cacheDir)))
  }
  return { release: /^Version: (.+)$/m.exec(release)?.[1] ?? 'unknown', packages }
}

/** Lines of the SHA256 section: digest, size, path. Pure. */
export function parseReleaseDigests(release: string): Map<string, string> {
  const [, section = ''] = /^SHA256:\n((?: .*\n?)*)/m.exec(release) ?? []
  const lines = section.split('\n').map((line) => line.trim().split(/\s+/))
  return new Map(lines.flatMap(([digest, , path]) => (digest && path ? [[path, digest] as const] : [])))
}

/** Only the text that gpgv gives back is used: what stands outside the signature never counts. */
async function fetchVerifiedRelease(mirror: string): Promise<string> {
  const url = `${mirror}/dists/${SUITE}/InRelease`
  const outcome = await fetchFile(url)
  if (outcome.kind === 'gone') throw notAMirror(url)
  const folder = await mkdtemp(join(tmpdir(), 'platen-inrelease-'))
  try {
    const signed = join(folder, 'InRelease')
    await writeFile(signed, outcome.bytes)
    const text = (await runCommand('gpgv', ['--quiet', '--keyring', KEYRING, '--output', '-', signed])).toString()
    if (!text.includes(`\nCodename: ${SUITE}\n`)) throw badSignature(url, `it is not the release file of ${SUITE}`)
    return text
  } catch (error) {
    if (error instanceof AppError && error.code === 'BOOT_OS_TOOL_FAILED') throw badSignature(url, error.message)
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function fetchIndex(mirror: string, path: string, digest: string | undefined, cacheDir: string): Promise<string> {
  const url = `${mirror}/dists/${SUITE}/${path}`
  if (digest === undefined) throw notAMirror(url)
  const cachedPath = join(cacheDir, 'indexes', `${digest}.xz`)
  if ((await fetchIntoCache(url, digest, cachedPath)) === 'gone') throw notAMirror(url)
  return (await runCommand('xz', ['--decompress', '--stdout', cachedPath])).toString()
}

function badSignature(url: string, reason: string): AppError {
  return new AppError(
    'BOOT_OS_SIGNATURE_BAD',
    `${url} is not signed by the Debian archive: ${reason}`,
    'Use another mirror (`platen boot build --mirror <url>`), and update debian-archive-keyring: apt-get install debian-archive-keyring.',
  )
}

function notAMirror(url: string): AppError {
  return new AppError(
    'BOOT_OS_DOWNLOAD_FAILED',
    `the mirror has no ${url}`,
    `Name a Debian mirror that carries ${SUITE}, for example \`platen boot build --mirror ${DEFAULT_MIRROR}\`.`,
  )
}
