// A packages step as a running system carries it out: lines for a shell, each one act, in parts. Fields are parted by tabs. Pure.
//
//   part fetch    all that is needed is brought, and held against its digest; nothing is changed yet
//   part change   what goes, what comes, and whether it is right
//   part back     after a failure in `change`: what came goes again, what was there before comes back
//
//   fetch NAME VERSION DIGEST PATH        a file of the package, where its scripts find it
//   script NAME VERSION DIGEST WHICH      a script of the package
//   run NAME VERSION WHICH
//   place NAME VERSION PATH MODE TO       drop TO                 same NAME VERSION DIGEST TO
//   deb NAME VERSION PATH                 purge NAME              dpkg-check NAME VERSION
//   dpkg                                  installs the .debs that were named since the last one, in one go
//   text MODE OWNER TO =BASE64            a configuration file of the machine
import { createHash } from 'node:crypto'
import type { ConfigurationText } from '../../contract/configuration.ts'
import { AppError } from '../../contract/errors.ts'
import type { PackageContent } from '../../contract/package.ts'
import type { PackagesStep } from '../../contract/steps.ts'

type Line = readonly string[]
type Lists = Pick<PackagesStep, 'removes' | 'installs' | 'checks' | 'restores' | 'configuration'>

/** Throws when a path cannot be said in a line. */
export function formatInstallPlan({ removes, installs, checks, restores = [], configuration = [] }: Lists): string {
  const lines: readonly Line[] = [
    ['part', 'fetch'],
    ...installs.flatMap((each) => fetches(each, ['install', 'verify'])),
    ...removes.flatMap((each) => fetches(each, ['remove'])),
    ...checks.flatMap((each) => scripts(each, ['verify'])),
    ['part', 'change'],
    ...removes.flatMap(removal),
    // The scripts of packages find them, and what packages bring does not go over them.
    ...configuration.map(text),
    ...installation(installs),
    ...configuration.map(text),
    ...digestsOf(configuration).map(({ to, digest }) => ['same', 'configuration', '-', digest, to]),
    ...[...installs, ...checks].flatMap(check),
    ['part', 'back'],
    ...undo(removes, installs, restores),
  ]
  return `${lines.map(lineOf).join('\n')}\n`
}

/** What came goes; of what only changed, dpkg puts the version of before in its place. */
function undo(removes: Lists['removes'], installs: Lists['installs'], restores: Lists['removes']): readonly Line[] {
  const isBefore = ({ name }: PackageContent) => [...restores, ...removes].some((each) => each.name === name)
  const goes = installs.toReversed().filter((each) => each.kind === 'folder' || !isBefore(each))
  return [
    ...goes.flatMap((each) => [...scripts(each, ['remove']), ...removal(each)]),
    ...restores.flatMap((each) => fetches(each, ['install'])),
    ...installation(restores),
  ]
}

/** As a system that carried out the plan has held them against their digests. */
export function digestsOf(configuration: readonly ConfigurationText[] = []): { to: string; digest: string }[] {
  return configuration.map(({ to, text: content }) => ({ to, digest: createHash('sha256').update(content).digest('hex') }))
}

const text = ({ to, mode = '0644', owner = '0:0', text: content }: ConfigurationText): Line => [
  'text',
  mode,
  owner,
  to,
  `=${Buffer.from(content).toString('base64')}`,
]

type Script = 'install' | 'remove' | 'verify'

function scripts(content: PackageContent, which: readonly Script[]): readonly Line[] {
  const { name, version } = content
  return which.flatMap((each) => {
    const file = content[each]
    return file === undefined ? [] : [['script', name, version, file.digest, each]]
  })
}

function fetches(content: PackageContent, which: readonly Script[]): readonly Line[] {
  const { name, version, files } = content
  return [...files.map(({ digest, path }) => ['fetch', name, version, digest, path]), ...scripts(content, which)]
}

function removal({ kind, name, version, files, remove }: PackageContent): readonly Line[] {
  if (kind === 'deb') return [['purge', name]]
  const drops = files.flatMap(({ to }) => (to === undefined ? [] : [['drop', to]]))
  return [...(remove === undefined ? [] : [['run', name, version, 'remove']]), ...drops]
}

/** Neighbouring .debs go to dpkg together: they may need each other. */
function installation(contents: readonly PackageContent[]): readonly Line[] {
  return contents.flatMap((content, index) => {
    const { kind, name, version, files, install } = content
    if (kind === 'deb') {
      const isLast = contents[index + 1]?.kind !== 'deb'
      return [['deb', name, version, files[0]!.path], ...(isLast ? [['dpkg']] : [])]
    }
    const placed = files.flatMap(({ path, to, mode }) =>
      to === undefined ? [] : [['place', name, version, path, mode ?? '0644', to]],
    )
    return [...placed, ...(install === undefined ? [] : [['run', name, version, 'install']])]
  })
}

function check({ kind, name, version, files, verify }: PackageContent): readonly Line[] {
  if (kind === 'deb') return [['dpkg-check', name, version]]
  const same = files.flatMap(({ to, digest }) => (to === undefined ? [] : [['same', name, version, digest, to]]))
  return [...same, ...(verify === undefined ? [] : [['run', name, version, 'verify']])]
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what would end a field or a line.
const UNSAYABLE = /[\u0000-\u001f]/

function lineOf(words: Line): string {
  const bad = words.find((word) => word === '' || UNSAYABLE.test(word) || word.split('/').includes('..'))
  if (bad === undefined) return words.join('\t')
  throw new AppError(
    'PACKAGE_INVALID',
    `a running system cannot be told of the path ${JSON.stringify(bad)}`,
    'Bring the package anew with other names of files.',
  )
}
