// What an appliance has beside machines and images: packages, people, functions, a site, a batch, a roll-out under way.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SimulatedFleet } from './fleet.ts'

const PACKAGES = {
  'monitoring-agent': 'name: monitoring-agent\nversion: 2.1.0\nrequires:\n  - { name: metrics-lib, range: ">=1.4 <2" }\n',
  'metrics-lib': 'name: metrics-lib\nversion: 1.6.2\n',
  // A mistake, as people make them.
  'old-tool': 'name: old-tool\nverzion: 1.0.0\n',
}

/** After makeBusy: its images and classes are named here. folder: that of the fleet. */
export async function furnish(fleet: SimulatedFleet, folder: string): Promise<void> {
  for (const [name, text] of Object.entries(PACKAGES)) {
    const place = join(folder, 'data', 'packages', name)
    await mkdir(place, { recursive: true })
    await writeFile(join(place, 'package.yaml'), text)
  }
  await people(fleet)
  await central(fleet)
  for (const product of ['kiosk', 'counter', 'back-office'])
    for (const language of ['english', 'german', 'japanese']) await fleet.ask('POST', '/jobs', buildOf(product, language))
  const rollOut = { image: 'web-base', version: 3, canary: 2, ringSize: '25%', settleSeconds: 3600 }
  await fleet.ask('POST', '/classes/web/roll-outs', rollOut)
}

async function people(fleet: SimulatedFleet): Promise<void> {
  const password = 'a sentence is a good password'
  await fleet.ask('POST', '/users', { name: 'ada', role: 'admin', password })
  await fleet.ask('POST', '/users', {
    name: 'maximilian-von-und-zu-rechenzentrum',
    role: 'technician',
    password,
    scope: { locations: ['dc1/rack1'] },
  })
  await fleet.ask('POST', '/tokens', { name: 'prometheus', role: 'viewer', days: 90 })
}

async function central(fleet: SimulatedFleet): Promise<void> {
  await fleet.ask('PUT', '/distributions/web', { images: [{ architecture: 'x64', image: 'web-base' }] })
  await fleet.ask('PUT', '/functions/web', { title: 'Web server', needs: { memoryMiB: 2048 } })
  await fleet.ask('PUT', '/functions/database', { title: 'Database server of a branch, with its own disks' })
  await fleet.ask('PUT', '/distribution-profiles/standard', { entries: [{ function: 'web', distribution: 'web' }] })
  const site = { functions: [{ name: 'web' }], architectures: ['x64'], ring: 'canary', window: '22:00-05:00 Europe/Paris' }
  await fleet.ask('PUT', '/site-definitions/paris', site)
  await fleet.ask('PUT', '/site-definitions/kuala-lumpur', { functions: [{ name: 'database' }], architectures: ['x64'] })
  await fleet.ask('POST', '/sites/paris/code', {})
  await fleet.ask('POST', '/sites/kuala-lumpur/code', {})
}

function buildOf(product: string, language: string): object {
  return {
    kind: 'build',
    profile: 'web-base',
    batch: 'release-7',
    title: `Release 7: ${product}/${language}`,
    priority: -5,
    held: product === 'back-office',
  }
}
