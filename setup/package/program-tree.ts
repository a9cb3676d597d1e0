// A folder with what runs, for one architecture: sources, the built console, Node, and the npm packages that it needs. Touches npm and that folder.
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { run } from './run.ts'
import type { Target } from './target.ts'

const PROJECT = join(import.meta.dirname, '../..')
const PARTS = [
  'bin',
  'boot',
  'docs',
  'profiles',
  'src',
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  'package.json',
  'package-lock.json',
]
/** Built, or only for building. */
const LEFT_OUT = [
  /^profiles\/[^/]+\/components$/,
  /^src\/client\/(generator|.*\.test\.ts$)/,
  /^src\/console\/(?!built(\/|$)).+/,
  /^docs\/decisions$/,
  /\.tsbuildinfo$/,
]
/** Of packages: what nobody reads who runs them. Licences stay. */
const UNREAD = [
  /(^|\/)(test|tests|__tests__|\.github|examples?|benchmarks?|coverage)$/,
  /\.(d\.[cm]?ts|map|markdown|flow|tsbuildinfo|sh)$/,
  /(^|\/)(\.[^/]+|tsconfig.*\.json|README.*|CHANGELOG.*|HISTORY.*)$/i,
  /^(?!@fastify\/swagger-ui\/).*\.html$/,
  // Parts of ssh2 that would have to be compiled; it does without.
  /^(buildcheck|cpu-features|nan)$/,
]

export function makeProgramTree(folder: string, { cpu }: Target): void {
  if (!existsSync(join(PROJECT, 'src/console/built/index.html'))) throw new Error('the console is not built: npm run setup does')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const part of PARTS) {
    const from = join(PROJECT, part)
    cpSync(from, join(folder, part), { recursive: true, filter: (path) => !isLeftOut(path.slice(PROJECT.length + 1)) })
  }
  run(
    'npm',
    ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--os=linux', `--cpu=${cpu}`],
    { cwd: folder },
  )
  removeUnread(join(folder, 'node_modules'))
  ownNode(folder, cpu)
}

const isLeftOut = (path: string): boolean => LEFT_OUT.some((pattern) => pattern.test(path))

function removeUnread(modules: string): void {
  rmSync(join(modules, '.package-lock.json'), { force: true })
  rmSync(join(modules, '.bin'), { recursive: true, force: true })
  const entries = readdirSync(modules, { recursive: true, encoding: 'utf8' })
  const unread = entries.filter((entry) => UNREAD.some((pattern) => pattern.test(entry)))
  for (const path of unread) rmSync(join(modules, path), { recursive: true, force: true })
  // Command lines of packages; what is imported has no such first line.
  for (const path of readdirSync(modules, { recursive: true, encoding: 'utf8' }).map((entry) => join(modules, entry)))
    if (lstatSync(path).isFile() && startOf(path).startsWith('#!')) rmSync(path)
}

/** npm links `node` only sometimes; Node's headers and manual are for who builds with it. */
function ownNode(folder: string, cpu: Target['cpu']): void {
  const node = join(folder, 'node_modules', `node-linux-${cpu}`)
  for (const part of readdirSync(node))
    if (!['bin', 'LICENSE', 'package.json'].includes(part)) rmSync(join(node, part), { recursive: true })
  const links = join(folder, 'node_modules/.bin')
  rmSync(links, { recursive: true, force: true })
  mkdirSync(links)
  symlinkSync(`../node-linux-${cpu}/bin/node`, join(links, 'node'))
}

/** Modes that do not depend on who packs, and one time for all: what is packed from it is the same whenever it is made. */
export function settle(folder: string, epochSeconds: number): void {
  const paths = [folder, ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path))]
  for (const path of paths) {
    const entry = lstatSync(path)
    if (!entry.isSymbolicLink()) chmodSync(path, entry.isDirectory() || isProgram(path, entry.mode) ? 0o755 : 0o644)
  }
  for (const path of paths.toReversed()) lutimesSync(path, epochSeconds, epochSeconds)
}

/** What says by which program it is run, and executable programs. Some packages mark plain files. */
function isProgram(path: string, mode: number): boolean {
  const start = startOf(path)
  return start.startsWith('#!') || (start === '\x7fELF' && (mode & 0o100) !== 0)
}

function startOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const start = Buffer.alloc(4)
    return start.toString('latin1', 0, readSync(file, start))
  } finally {
    closeSync(file)
  }
}

/** When the work tree was committed; SOURCE_DATE_EPOCH is first (reproducible-builds.org). */
export function sourceDateSeconds(environment: Readonly<Record<string, string | undefined>> = process.env): number {
  const said = environment.SOURCE_DATE_EPOCH
  if (said !== undefined) return Number(said)
  return Number(run('git', ['log', '-1', '--format=%ct'], { cwd: PROJECT }))
}

export function programVersion(): string {
  return (JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string }).version
}

export const writeText = (path: string, text: string): void => {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
}
