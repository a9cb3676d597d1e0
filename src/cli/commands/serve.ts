// platen serve: the one command that does not ask an appliance, but is one.
import { SETTINGS } from '../../appliance/settings-table.ts'
import type { OptionSpec } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { table } from '../table.ts'

/** Every setting is a flag; text and default come from the one schema. */
const SETTING_OPTIONS: Readonly<Record<string, OptionSpec & { readonly type: 'string' }>> = Object.fromEntries(
  SETTINGS.map(({ flag, description, fallback, unit }) => {
    const value = unit?.toUpperCase() ?? (flag.endsWith('dir') ? 'DIR' : 'VALUE')
    const text = fallback === undefined ? description : `${description} Default: ${fallback}.`
    return [flag, { type: 'string', value, description: text } as const]
  }),
)

export const serve = defineCommand({
  name: 'serve',
  summary: 'Run the appliance: DHCP, TFTP and HTTP for bare machines, the job queue and the image store.',
  words: [],
  options: {
    config: {
      type: 'string',
      value: 'FILE',
      description: 'Settings as YAML. Default: /etc/platen/platen.yaml when it is there.',
    },
    check: { type: 'boolean', description: 'Check the configuration, print what follows from it, and end.' },
    directory: { type: 'boolean', description: 'Be a directory of appliances: the same as --directory-mode list.' },
    ...SETTING_OPTIONS,
  },
  examples: ['platen serve --interface br0', 'platen serve --config platen.yaml --check'],

  async run({ values }, { out, environment, signal }) {
    const { config: file, check, directory, ...said } = values
    const flags = said as Record<string, string | undefined>
    if (directory) flags['directory-mode'] ??= 'list'
    const { loadConfig } = await import('../../appliance/load-config.ts')
    const config = loadConfig({ file, environment, flags })
    if (check) {
      const { planOf } = await import('../../appliance/plan.ts')
      out.print(table(planOf(config)))
      return
    }
    const { serve: run } = await import('../../appliance/serve.ts')
    await run(config, { environment, signal })
  },
})
