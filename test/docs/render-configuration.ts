// docs/configuration.md, made from the settings' schema. Pure: `npx vitest -u run test/docs` writes it, a plain run compares.
import { isListOfObjects, LISTS, type Node, SETTINGS, wantsOf } from '../../src/appliance/settings-table.ts'

export const GENERATED = '<!-- Made from the code: change it there, then run `npx vitest run -u test/docs`. -->'

export function renderConfiguration(): string {
  const lines = SETTINGS.map(({ key, variable, flag, wants, unit, fallback, example, description }) => [
    `### \`${key}\``,
    '',
    description,
    '',
    '| file | environment | flag | value | default | example |',
    '|---|---|---|---|---|---|',
    `| \`${key}\` | \`${variable}\` | \`--${flag}\` | ${[wants, unit && `in ${unit}`].filter(Boolean).join(', ')} | ${
      fallback === undefined ? '–' : `\`${fallback}\``
    } | \`${example}\` |`,
    '',
  ])
  const lists = LISTS.flatMap(({ key, node }) => [`### \`${key}\``, '', ...listLines(key, node)])
  return `${[GENERATED, ...INTRODUCTION, ...lines.flat(), ...LISTS_INTRODUCTION, ...lists].join('\n')}`
}

/** The list itself, and after it the lists inside. */
function listLines(key: string, node: Node): readonly string[] {
  const { properties = {}, required = [], description = node.description ?? '' } = node.items ?? {}
  const rows = Object.entries(properties).map(([name, child]) => {
    const fallback = child.default === undefined ? (required.includes(name) ? 'has to be said' : '–') : `\`${child.default}\``
    const value = [wantsOf(child), child.unit && `in ${child.unit}`].filter(Boolean).join(', ')
    const example = isListOfObjects(child) ? '' : `\`${[child.examples?.[0] ?? child.default].flat().join(',')}\``
    return `| \`${name}\` | ${value} | ${fallback} | ${example} | ${child.description ?? ''} |`
  })
  const inside = Object.entries(properties)
    .filter(([, child]) => isListOfObjects(child))
    .flatMap(([name, child]) => [`#### \`${key}[].${name}\``, '', ...listLines(`${key}[].${name}`, child)])
  return [description, '', '| key | value | default | example | |', '|---|---|---|---|---|', ...rows, '', ...inside]
}

const INTRODUCTION = [
  '# Configuration',
  '',
  '`platen serve` takes its settings from three places; a later one wins:',
  '',
  '1. a YAML file: `--config FILE`, else `PLATEN_CONFIG`, else `/etc/platen/platen.yaml` when it is there',
  '2. environment variables that begin with `PLATEN_`',
  '3. flags',
  '',
  'A setting has one key in the file, and its variable and flag are made from that key: `dhcp.rangeStart` is',
  '`PLATEN_DHCP_RANGE_START` and `--dhcp-range-start`. In the file a dot is one level:',
  '',
  '```yaml',
  'interface: br0',
  'dhcp:',
  '  mode: server',
  '  rangeStart: 10.77.0.100',
  '  rangeEnd: 10.77.0.200',
  '  dns: [10.77.0.53]',
  '```',
  '',
  'An unknown key or variable is an error that names the nearest known one. All problems are listed at once, each with where it was',
  'said and an example. `platen serve --check` stops after that, prints what follows from the settings, and touches nothing.',
  'Lists are separated by commas in variables and flags. Only `interface` has to be said, or `interfaces` in the file.',
  '',
  '`PLATEN_URL` and `PLATEN_TOKEN_FILE` are no settings of the appliance: they tell the other commands which appliance to ask.',
  '`PLATEN_DEBIAN_MIRROR` is for the scripts of the example profiles.',
  '',
  '## Settings',
  '',
]

const LISTS_INTRODUCTION = [
  '## Lists',
  '',
  'Only the file can hold them. Nothing in them is said twice: with `interfaces`, none of `interface`, `address` and `dhcp` may be said.',
  '',
  '```yaml',
  'interfaces:',
  '  - name: eth1',
  '    subnets:',
  '      - network: 10.77.0.0/24',
  '        ranges:',
  '          - { first: 10.77.0.100, last: 10.77.0.200 }',
  '        router: 10.77.0.1',
  '        dns: [10.77.0.53]',
  '        options: { 26: 9000 }',
  '        reservations:',
  '          - { address: 10.77.0.20, node: rack1-07 }',
  '          - { address: 10.77.0.21, mac: 52:54:00:12:34:56 }',
  '      # Behind a relay (IP helper): chosen by what the relay says.',
  '      - network: 10.88.0.0/24',
  '        ranges:',
  '          - { first: 10.88.0.100, last: 10.88.0.200 }',
  '        router: 10.88.0.1',
  '  - name: eth2',
  '    mode: proxy',
  'loaders:',
  '  - { loader: ipxe, manufacturer: Dell*, product: PowerEdge R640 }',
  '  - { loader: ipxe, macPrefix: 3c:ec:ef }',
  '```',
  '',
  'Two ranges or networks that overlap, a reservation outside of its network, an address said twice, ranges in mode `proxy`: refused, all at once,',
  'each with the path of its key and a code of [errors.md](errors.md). With several interfaces that answer DHCP, `platen serve` opens a socket for',
  'each, tied to its device; [netboot.md](netboot.md) tells how.',
  '',
]
