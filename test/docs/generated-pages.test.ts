// The pages that are made from code say what the code says.
import { expect, it } from 'vitest'
import { COMMANDS } from '../../src/cli/commands.ts'
import { spokenOf } from '../../src/cli/completion.ts'
import { siteDhcpPage } from '../../src/netboot/http/site-dhcp-page.ts'
import { renderCommandLine } from './render.ts'
import { GENERATED, renderConfiguration } from './render-configuration.ts'
import { renderRoles } from './render-roles.ts'

it('docs/configuration.md is what the schema of the settings says', async () => {
  await expect(renderConfiguration()).toMatchFileSnapshot('../../docs/configuration.md')
})

it('docs/site-dhcp.md is the page that the appliance shows', async () => {
  const page = siteDhcpPage({ address: '10.77.0.1', applianceUrl: 'http://10.77.0.1:8080' })
  await expect(page.replace('\n', `\n\n${GENERATED}\n`)).toMatchFileSnapshot('../../docs/site-dhcp.md')
})

it('docs/roles.md is what the table of routes says', async () => {
  await expect(renderRoles()).toMatchFileSnapshot('../../docs/roles.md')
})

it('docs/cli.md is what the commands say of themselves', async () => {
  await expect(renderCommandLine(COMMANDS)).toMatchFileSnapshot('../../docs/cli.md')
})

it('src/cli/command-words.json, which completion reads, is what the commands say of themselves', async () => {
  const lines = COMMANDS.map((command) => JSON.stringify(spokenOf(command)))
  await expect(`[\n${lines.join(',\n')}\n]\n`).toMatchFileSnapshot('../../src/cli/command-words.json')
})
