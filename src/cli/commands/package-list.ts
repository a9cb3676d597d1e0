// platen package list
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { formatAgo, formatBytes } from '../format.ts'

export const packageList = defineCommand({
  name: 'package list',
  summary: 'List the software packages that the appliance keeps, and what in the watched folder is none.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const list = await apiOf(input, context).packages()
    if (input.values.json) return context.out.print(JSON.stringify(list, undefined, 2))
    const rows = list.packages.flatMap(({ versions }) =>
      versions.map(({ name, version, kind, architectures, sizeBytes, addedAt }) => [
        name,
        version,
        kind,
        architectures?.join(', ') ?? 'all',
        formatBytes(sizeBytes),
        formatAgo(addedAt, Date.now()),
      ]),
    )
    if (rows.length === 0)
      context.out.print('No packages. Drop a folder with a package.yaml, or a .deb, into the packages folder: docs/packages.md.')
    else context.out.table([['PACKAGE', 'VERSION', 'KIND', 'FOR', 'SIZE', 'ADDED'], ...rows])
    for (const { item, line, reason } of list.problems)
      context.out.print(`${item} is no package: ${line === undefined ? '' : `line ${line}: `}${reason}`)
  },
})
