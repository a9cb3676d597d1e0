// Finds a program of a Debian package: installed, or unpacked into .cache/bench without installing it (some exclude each other).
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const CACHE = join(import.meta.dirname, '..', '..', '.cache', 'bench')
const FOLDERS = ['usr/sbin', 'usr/bin', 'sbin', 'bin']
/** What a package needs beside what every Debian has. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  'tftpd-hpa': ['libwrap0'],
  atftpd: ['libpcre2-8-0', 'libwrap0'],
  atftp: ['libreadline8'],
  nginx: ['libpcre2-8-0'],
}

export interface Program {
  readonly path: string
  readonly env: Readonly<Record<string, string>>
}

export function program(name: string, debianPackage: string): Program {
  const installed = find('/', name)
  if (installed !== undefined) return { path: installed, env: {} }
  const folder = join(CACHE, debianPackage)
  if (find(folder, name) === undefined) {
    for (const one of [debianPackage, ...(LIBRARIES[debianPackage] ?? [])]) unpack(one, folder)
  }
  const path = find(folder, name)
  if (path === undefined) throw missing(debianPackage, `it has no program ${name}`)
  const libraries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => /\.so\./.test(entry.name))
  return { path, env: { LD_LIBRARY_PATH: [...new Set(libraries.map(({ parentPath }) => parentPath))].join(':') } }
}

/** For a program that needs half a Python: installed with all that it asks for. */
export function installedProgram(name: string, debianPackage: string): string {
  if (find('/', name) === undefined) {
    console.error(`installing the Debian package ${debianPackage}`)
    const words = ['install', '--yes', '--no-install-recommends', debianPackage]
    mkdirSync(CACHE, { recursive: true })
    try {
      aptGet(debianPackage, ...words)
    } catch {
      aptGet(debianPackage, 'update')
      aptGet(debianPackage, ...words)
    }
  }
  const path = find('/', name)
  if (path === undefined) throw missing(debianPackage, `it has no program ${name}`)
  return path
}

function find(root: string, name: string): string | undefined {
  return FOLDERS.map((folder) => join(root, folder, name)).find((path) => existsSync(path))
}

function unpack(debianPackage: string, folder: string): void {
  console.error(`fetching the Debian package ${debianPackage}`)
  mkdirSync(folder, { recursive: true })
  try {
    download(debianPackage)
  } catch {
    // Fresh machines have no lists, and old lists name versions that are gone.
    aptGet(debianPackage, 'update')
    aptGet(debianPackage, 'download', debianPackage)
  }
  const archive = archiveOf(debianPackage)
  if (archive === undefined) throw missing(debianPackage, 'apt-get download left no archive')
  execFileSync('dpkg', ['-x', join(CACHE, archive), folder])
}

function download(debianPackage: string): void {
  if (archiveOf(debianPackage) === undefined)
    execFileSync('apt-get', ['download', debianPackage], { cwd: CACHE, stdio: 'ignore' })
}

function aptGet(debianPackage: string, ...words: readonly string[]): void {
  try {
    execFileSync('apt-get', words, { cwd: CACHE, stdio: ['ignore', 'ignore', 'pipe'], timeout: 120_000 })
  } catch (error) {
    throw missing(debianPackage, String((error as { stderr?: Buffer }).stderr ?? error).trim())
  }
}

function archiveOf(debianPackage: string): string | undefined {
  return readdirSync(CACHE).find((file) => file.startsWith(`${debianPackage}_`) && file.endsWith('.deb'))
}

function missing(debianPackage: string, reason: string): Error {
  return new Error(
    `this bench needs the Debian package ${debianPackage} (apt-get install ${debianPackage}); fetching it failed: ${reason}`,
  )
}
