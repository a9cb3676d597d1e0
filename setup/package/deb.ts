// platen_VERSION_ARCHITECTURE.deb out of the program's tree (deb-control(5), Debian policy). Touches its folder and dpkg-deb.
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { settle, writeText } from './program-tree.ts'
import { run } from './run.ts'
import type { Target } from './target.ts'

const PROJECT = join(import.meta.dirname, '../..')
const SCRIPTS = join(import.meta.dirname, 'debian')
/** As the tools of Debian are told (debchange(1)). */
const MAINTAINER = `${process.env.DEBFULLNAME ?? 'The Platen project'} <${process.env.DEBEMAIL ?? 'platen@localhost.localdomain'}>`

/** What it cannot run without, beside perl-base and util-linux, which every Debian has. Node is linked to the first two. */
const DEPENDS = ['libc6 (>= 2.28)', 'libstdc++6 (>= 11)', 'adduser']
/** For `platen boot build` and `platen profile prepare`. */
const RECOMMENDS = ['cpio', 'debian-archive-keyring', 'gpgv', 'kmod', 'mmdebstrap', 'xz-utils', 'zstd']

export interface DebOrder {
  readonly target: Target
  readonly version: string
  readonly epochSeconds: number
  /** The program's tree; moved into the package. */
  readonly program: string
  /** Made anew, and left for who wants to look. */
  readonly workDir: string
  readonly outDir: string
}

/** Path of the package. */
export function makeDeb(order: DebOrder): string {
  const { target, version, epochSeconds, program, workDir, outDir } = order
  const root = join(workDir, 'root')
  rmSync(root, { recursive: true, force: true })
  mkdirSync(join(root, 'usr/lib'), { recursive: true })
  cpSync(program, join(root, 'usr/lib/platen'), { recursive: true, verbatimSymlinks: true })
  install(root, version, epochSeconds)
  control(root, target, version)
  settle(root, epochSeconds)
  for (const script of ['preinst', 'postinst', 'prerm', 'postrm']) chmodIfThere(join(root, 'DEBIAN', script), 0o755)
  const path = join(outDir, `platen_${version}_${target.architecture}.deb`)
  // Two threads always: xz cuts its blocks otherwise with one.
  const words = ['--root-owner-group', '-Zxz', '-z6', '--threads-max=2', '--build', root, path]
  run('dpkg-deb', words, { environment: { SOURCE_DATE_EPOCH: String(epochSeconds) } })
  return path
}

function install(root: string, version: string, epochSeconds: number): void {
  const to = (path: string) => join(root, path)
  const platen = (...words: string[]) => run(join(PROJECT, 'bin/platen'), words)
  mkdirSync(to('usr/bin'), { recursive: true })
  for (const name of ['platen', 'platen-sockets']) symlinkSync(`../lib/platen/bin/${name}`, to(`usr/bin/${name}`))
  cpSync(join(PROJECT, 'setup/systemd'), to('usr/lib/systemd/system'), { recursive: true })
  const documents = to('usr/share/doc/platen')
  cpSync(join(SCRIPTS, 'copyright'), join(documents, 'copyright'))
  cpSync(join(SCRIPTS, 'platen.yaml'), join(documents, 'examples/platen.yaml'))
  writeFileSync(join(documents, 'changelog.gz'), gzip(changelog(version, epochSeconds)))
  mkdirSync(to('usr/share/lintian/overrides'), { recursive: true })
  cpSync(join(SCRIPTS, 'lintian-overrides'), to('usr/share/lintian/overrides/platen'))
  const manuals = to('usr/share/man/man1')
  platen('man', manuals)
  cpSync(join(SCRIPTS, 'platen-sockets.1'), join(manuals, 'platen-sockets.1'))
  for (const page of readdirSync(manuals)) {
    writeFileSync(join(manuals, `${page}.gz`), gzip(readFileSync(join(manuals, page))))
    rmSync(join(manuals, page))
  }
  writeText(to('usr/share/bash-completion/completions/platen'), platen('completion', 'bash'))
  writeText(to('usr/share/zsh/vendor-completions/_platen'), platen('completion', 'zsh'))
  writeText(to('usr/share/fish/vendor_completions.d/platen.fish'), platen('completion', 'fish'))
}

/** Without name and time in its head (gzip -n). */
const gzip = (content: string | Buffer): Buffer => gzipSync(content, { level: 9 })

const changelog = (version: string, epochSeconds: number): string =>
  `platen (${version}) unstable; urgency=medium\n\n  * See /usr/lib/platen/CHANGELOG.md.\n\n -- ${MAINTAINER}  ${rfc5322(epochSeconds)}\n`

const rfc5322 = (epochSeconds: number): string => new Date(epochSeconds * 1000).toUTCString().replace('GMT', '+0000')

function control(root: string, { architecture }: Target, version: string): void {
  const folder = join(root, 'DEBIAN')
  const files = filesIn(root)
  const installedBytes = files.reduce((sum, path) => sum + lstatSync(join(root, path)).size, 0)
  mkdirSync(folder)
  for (const name of ['postinst', 'prerm', 'postrm']) cpSync(join(SCRIPTS, name), join(folder, name))
  const sums = files.filter((path) => lstatSync(join(root, path)).isFile())
  writeFileSync(join(folder, 'md5sums'), sums.map((path) => `${md5(join(root, path))}  ${path}\n`).join(''))
  const fields = {
    Package: 'platen',
    Version: version,
    Architecture: architecture,
    Maintainer: MAINTAINER,
    'Installed-Size': String(Math.ceil(installedBytes / 1024)),
    Depends: DEPENDS.join(', '),
    Recommends: RECOMMENDS.join(', '),
    Suggests: 'e2fsprogs, ntfs-3g, npm, openssh-client',
    Section: 'net',
    Priority: 'optional',
    Description: [
      'network boot and disk images for bare machines',
      ' Answers DHCP, TFTP and HTTP; machines with nothing on their disks boot over the',
      ' network into a small operating system in memory, build images from profiles,',
      ' and are given any version of an image, upgraded, or put back to an earlier one',
      ' by moving only what differs.',
    ].join('\n'),
  }
  writeFileSync(
    join(folder, 'control'),
    Object.entries(fields)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(''),
  )
}

const filesIn = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => !lstatSync(join(root, path)).isDirectory())
    .sort()

const md5 = (path: string): string => createHash('md5').update(readFileSync(path)).digest('hex')

function chmodIfThere(path: string, mode: number): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) chmodSync(path, mode)
}
