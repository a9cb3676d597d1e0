// The pages that are made from code say what the code says.
import { expect, it } from 'vitest'
import { COMMANDS } from '../../src/cli/commands.ts'
import { renderCommandLine } from './render.ts'
import { renderConfiguration } from './render-configuration.ts'

it('docs/configuration.md is what the schema of the settings says', async () => {
  await expect(renderConfiguration()).toMatchFileSnapshot('../../docs/configuration.md')
})

it('docs/cli.md is what the commands say of themselves', async () => {
  await expect(renderCommandLine(COMMANDS)).toMatchFileSnapshot('../../docs/cli.md')
})
