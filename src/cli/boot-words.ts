// What the two boot commands share: which boot OS, in which folder, and how a build is told. Reads the settings' file.
import { loadFolders } from '../appliance/load-settings.ts'
import type { BootBuildView } from '../contract/operator-api.ts'
import type { Architecture } from '../contract/values.ts'
import { type OptionSpecs, usage, type Values } from './arguments.ts'
import type { CommandContext } from './command.ts'
import { formatBytes } from './format.ts'
import { table } from './table.ts'

export const BOOT_OPTIONS = {
  architecture: { type: 'string', value: 'NAME', description: 'x64 or arm64. Default: x64.' },
  'boot-dir': {
    type: 'string',
    value: 'DIR',
    description: 'Where loaders and boot OS lie. Default: as `platen serve` finds it.',
  },
  config: { type: 'string', value: 'FILE', description: 'Settings as YAML, for the folder. Default: /etc/platen/platen.yaml.' },
  json: { type: 'boolean', description: 'Print the record of the build as JSON.' },
} as const satisfies OptionSpecs

interface BootTarget {
  readonly architecture: Architecture
  readonly bootDir: string
}

export function bootTargetOf(name: string, values: Values<typeof BOOT_OPTIONS>, context: CommandContext): BootTarget {
  const { architecture = 'x64' } = values
  if (architecture !== 'x64' && architecture !== 'arm64') {
    throw usage(name, `--architecture takes x64 or arm64, not "${architecture}"`)
  }
  const { environment } = context
  const { bootDir } = loadFolders({ file: values.config, environment, flags: { 'boot-dir': values['boot-dir'] } })
  return { architecture, bootDir }
}

export function describeBuild({ architecture, builtAt, artefacts, inputs }: BootBuildView, bootDir: string): string {
  const files = artefacts.map(({ name, sizeBytes, digest }) => [name, formatBytes(sizeBytes), digest])
  const total = artefacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return [
    `boot OS for ${architecture} in ${bootDir}, built at ${builtAt}`,
    '',
    table([['FILE', 'SIZE', 'SHA-256'], ...files, ['together', formatBytes(total), '']], { right: [1] }),
    '',
    table([['MADE FROM', 'VERSION', 'SHA-256'], ...inputs.map(({ name, version, digest }) => [name, version, digest])]),
  ].join('\n')
}
