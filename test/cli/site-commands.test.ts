// The commands about sites, at a real central and a real site.
import { expect, it } from 'vitest'
import { createApiClient } from '../../src/cli/api-client.ts'
import { COMMANDS } from '../../src/cli/commands.ts'
import { execute } from '../../src/cli/execute.ts'
import { findCommand } from '../../src/cli/find-command.ts'
import { FixedOperatorApi } from '../fakes/fixed-operator-api.ts'
import { FollowAppliance, itemOf, until } from '../fakes/follow-appliance.ts'
import { contextWith, RecordedOutput } from '../fakes/recorded-output.ts'

async function run(line: string, { url, dataDir }: FollowAppliance): Promise<{ status: number; text: string }> {
  const out = new RecordedOutput()
  const { command, argv } = findCommand(COMMANDS, line.split(' '))
  const signal = new AbortController().signal
  const context = {
    ...contextWith(new FixedOperatorApi(), out),
    connect: ({ site }: { site?: string | undefined }) =>
      createApiClient({ url, tokenFile: `${dataDir}/secrets/operator-token`, signal, ...(site === undefined ? {} : { site }) }),
  }
  const status = await execute(command, argv, context)
  return { status, text: [...out.printed, ...out.errors].join('\n') }
}

it('a site joins, shows and is shown, is asked through central, and is retired', async () => {
  await using central = await FollowAppliance.open()
  await using paris = await FollowAppliance.open()
  const web = await central.image('web', [1])
  central.say('paris', [itemOf(web)], { ring: 'canary', window: '00:00-00:00 UTC' })
  expect((await run('site list', central)).text).toContain('No site follows this appliance')
  expect((await run('site code nowhere', central)).text).toContain('SITE_NOT_FOUND')
  expect((await run('central show', paris)).text).toContain('SITE_NOT_FOLLOWING')

  const made = await run('site code paris', central)
  const [code = ''] = made.text.split('\n')
  const joined = await run(`join ${central.url} --code ${code} --wait`, paris)
  expect(joined.text).toContain(`This appliance follows ${central.url} as paris.`)
  expect(joined.text).toMatch(/content +1 of 1 things/)
  await until('central knows', async () => (await central.site('paris')).isComplete)
  expect((await run('site list', central)).text).toMatch(/paris +canary +connected +all 1/)
  expect((await run('site show paris', central)).text).toMatch(/image web +1 +2.*function web/)
  expect((await run('image list --site paris', central)).text).toMatch(/web/)
  expect((await run('image export web@1 --to /tmp/never.raw --site paris', central)).text).toContain('SITE_REQUEST_NOT_RELAYED')
  expect((await run('site updates --stop --rings canary,main', central)).text).toBe(
    'Updates are stopped; ring by ring: canary, main, then all others.',
  )
  expect((await run('site updates --go', central)).text).toContain('Updates go on')
  expect((await run('site move paris', central)).status).toBe(64)
  expect((await run('site resume paris', central)).status).toBe(0)
  expect((await run('site retire paris', central)).text).toBe('paris is retired')
  expect((await run('site list', central)).text).toMatch(/paris +canary +retired/)
  expect((await run('central leave', paris)).status).toBe(0)
  expect((await run('central show', paris)).text).toContain('SITE_NOT_FOLLOWING')
})
