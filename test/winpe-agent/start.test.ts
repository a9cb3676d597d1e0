// An agent that no appliance booted lives by its own configuration.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { writeBuildClient } from '../../src/contract/xml/build-client.ts'
import type { ImagingTools } from '../../src/winpe-agent/imaging/imaging-tools.ts'
import type { Machine } from '../../src/winpe-agent/machine.ts'
import { startAgent } from '../../src/winpe-agent/start.ts'
import { inventoryOf } from '../fakes/inventories.ts'
import { LoopbackAppliance } from '../fakes/loopback-appliance.ts'

it('says hello to the appliance that BUILDCLIENT names, with its types of configuration', async () => {
  await using appliance = await LoopbackAppliance.start()
  const credential = await appliance.credential('by-hand')
  const text = writeBuildClient({
    id: 'bench',
    configTypes: ['release'],
    appliances: [{ name: 'by-hand', url: appliance.url, credential }],
  })
  const folder = mkdtempSync(join(tmpdir(), 'platen-start-'))
  const stop = new AbortController()
  const running = startAgent(
    {
      commandLine: 'quiet',
      configFile: { path: 'agent.xml', text },
      agentVersion: 'test',
      machine: { inventory: async () => inventoryOf(1) } as unknown as Machine,
      imaging: {} as ImagingTools,
      statusPath: join(folder, 'status.json'),
      print: () => {},
    },
    stop.signal,
  ).catch(() => 'stopped')
  await vi.waitFor(
    async () => expect(await appliance.nodes()).toMatchObject([{ state: 'discovered', configTypes: ['release'] }]),
    {
      timeout: 20_000,
    },
  )
  stop.abort(new Error('enough'))
  expect(await running).toBe('stopped')
  rmSync(folder, { recursive: true })
})
