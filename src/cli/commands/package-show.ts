// platen package show
import type { PackageRequirement, PackageVersionView } from '../../contract/package.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { formatBytes } from '../format.ts'
import { table } from '../table.ts'

export const packageShow = defineCommand({
  name: 'package show',
  summary: 'Show the versions of a package: what each requires, provides and holds.',
  words: ['<package>'],
  options: API_OPTIONS,

  async run(input, context) {
    const shown = await apiOf(input, context).package(input.words[0]!)
    if (input.values.json) return context.out.print(JSON.stringify(shown, undefined, 2))
    for (const version of shown.versions) context.out.print(`${table(rowsOf(version))}\n`)
  },
})

function rowsOf(view: PackageVersionView): [string, string][] {
  const { name, version, order, kind, digest, sizeBytes, architectures, models, requires = [], conflicts = [] } = view
  const { provides = [], features = [], description, maintainer, files } = view
  const optional: [string, string][] = [
    ['models', models?.join(', ') ?? ''],
    ['requires', requires.map(wordsOf).join(', ')],
    ['conflicts', conflicts.map(wordsOf).join(', ')],
    ['provides', provides.map((each) => (each.version === undefined ? each.name : `${each.name} ${each.version}`)).join(', ')],
    ['features', features.join(', ')],
    ['description', description?.split('\n')[0] ?? ''],
    ['maintainer', maintainer ?? ''],
  ]
  return [
    [`${name} ${version}`, `${kind}, order ${order}`],
    ['  for', architectures?.join(', ') ?? 'all'],
    ['  holds', `${files.length} file${files.length === 1 ? '' : 's'}, ${formatBytes(sizeBytes)}, digest ${digest.slice(0, 12)}`],
    ...optional.filter(([, text]) => text !== '').map(([key, text]): [string, string] => [`  ${key}`, text]),
  ]
}

const wordsOf = ({ or = [], ...first }: PackageRequirement): string =>
  [first, ...or].map(({ name, range }) => (range === undefined ? name : `${name} (${range})`)).join(' or ')
