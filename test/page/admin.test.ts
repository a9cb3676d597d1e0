// What few people do often: roll-outs, packages, users and tokens, the audit. In a real browser at a real appliance with a small fleet.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { SimulatedFleet } from '../fakes/simulated-fleet/fleet.ts'
import { ConsoleBrowser, goTo } from './browser.ts'

interface RollOut {
  readonly id: string
  readonly phase: string
}

let folder = ''
let fleet: SimulatedFleet
let browser: ConsoleBrowser
let page: Page

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'platen-page-admin-'))
  fleet = await SimulatedFleet.start({ folder, nodes: 6, stepSeconds: 0.2 })
  for (let version = 1; version <= 2; version++) {
    const { id } = await fleet.ask<{ id: string }>('POST', '/jobs', { kind: 'capture', node: 'node-001', image: 'db-base' })
    expect(await fleet.ended(id)).toBe('succeeded')
  }
  await fleet.ask('PUT', '/classes/database', { selector: { tags: ['db'] }, runs: [{ image: 'db-base', version: 1 }] })
  browser = await ConsoleBrowser.open(fleet.appliance.url)
})

beforeEach(async () => {
  page = await browser.signedIn(fleet.appliance.token)
})

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await fleet?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

afterEach(async () => {
  await page.context().close()
  expect(browser.complaints.splice(0)).toEqual([])
})

const dialog = () => page.getByRole('dialog')
const phase = async () => (await fleet.ask<{ rollOuts: readonly RollOut[] }>('GET', '/roll-outs')).rollOuts[0]?.phase

it('a roll-out is paused, goes on, and is stopped only after the name of its class was typed', async () => {
  await goTo(page, './roll-outs')
  await page.getByText('No roll-out yet').waitFor()
  const wish = { image: 'db-base', version: 2, canary: 1, ringSize: '50%', settleSeconds: 3600 }
  await fleet.ask('POST', '/classes/database/roll-outs', wish)
  const card = page.getByRole('region', { name: 'db-base 2 → database' })
  await card.getByText('is being written').or(card.getByText('has to prove its health')).first().waitFor()
  await card.getByRole('button', { name: 'Pause: db-base 2' }).click()
  await card.getByText('paused', { exact: true }).waitFor()
  expect(await phase()).toBe('paused')
  await card.getByRole('button', { name: 'Go on: db-base 2' }).click()
  await card.getByText('runs', { exact: true }).waitFor()
  expect(await phase()).toBe('running')
  await card.getByRole('button', { name: 'Stop and put back: db-base 2' }).click()
  const stop = dialog().getByRole('button', { name: 'Stop and put back' })
  expect(await stop.isDisabled()).toBe(true)
  await dialog()
    .getByText(/^\d nodes? that/)
    .waitFor()
  await dialog().getByRole('textbox').fill('database')
  await stop.click()
  await card.getByText('putting nodes back').or(card.getByText('aborted, nodes put back')).first().waitFor()
  expect(await phase()).toMatch(/^abort(ing|ed)$/)
})

it('packages show up as they are dropped into the folder, and one with a mistake says its line', async () => {
  await goTo(page, './packages')
  await page.getByText('No package yet').waitFor()
  const drop = async (name: string, text: string) => {
    const place = join(folder, 'data', 'packages', name)
    await mkdir(place, { recursive: true })
    await writeFile(join(place, 'package.yaml'), text)
  }
  await drop('metrics', 'name: metrics\nversion: 1.4.0\nrequires:\n  - { name: transport, range: ">=2" }\n')
  await drop('broken', 'name: broken\nverzion: 1.0.0\n')
  const row = page.getByRole('row').filter({ hasText: 'metrics' })
  await row.getByText('1.4.0').waitFor()
  await row.getByText('transport >=2').waitFor()
  await page.getByText(/broken.*line 2|line 2.*broken/).waitFor()
})

it('a user is added, and removed after a question', async () => {
  await goTo(page, './access')
  await page.getByText('No user yet: only the operator token gets in').waitFor()
  await page.getByRole('button', { name: 'Add a user' }).click()
  const add = dialog().getByRole('button', { name: 'Add a user' })
  await dialog().getByLabel('Name').fill('eve')
  await dialog().getByLabel('Role').selectOption('technician')
  await dialog()
    .getByLabel(/^Password/)
    .fill('too short')
  expect(await add.isDisabled()).toBe(true)
  await dialog()
    .getByLabel(/^Password/)
    .fill('a sentence is a good password')
  await add.click()
  const row = page.getByRole('row').filter({ hasText: 'eve' })
  await row.getByText('technician').waitFor()
  await page.getByRole('button', { name: 'Remove: eve' }).click()
  await dialog().getByText('eve can no longer log in, and every login of eve ends now.').waitFor()
  await dialog().getByRole('button', { name: 'Remove' }).click()
  await row.waitFor({ state: 'detached' })
  expect((await fleet.ask<{ users: readonly object[] }>('GET', '/users')).users).toEqual([])
})

it('a token is shown once, works, and is refused from when it is removed', async () => {
  await goTo(page, './access')
  await page.getByRole('button', { name: 'Make a token' }).click()
  await dialog().getByLabel('Name').fill('prometheus')
  await dialog().getByRole('button', { name: 'Make a token' }).click()
  const secret = await dialog().getByRole('textbox', { name: 'Secret' }).inputValue()
  await dialog().getByRole('button', { name: 'Close' }).last().click()
  const status = async () => {
    const headers = { authorization: `Bearer ${secret}` }
    return (await fetch(`${fleet.appliance.url}/api/v1/nodes`, { headers })).status
  }
  expect(await status()).toBe(200)
  await page.getByRole('button', { name: 'Remove: prometheus' }).click()
  await dialog().getByRole('button', { name: 'Remove' }).click()
  await page.getByText('No token yet').waitFor()
  expect(await status()).toBe(401)
})

it('the audit shows who did what, and proves that nothing was changed', async () => {
  await fleet.ask('POST', '/users', { name: 'bob', role: 'viewer', password: 'another sentence as password' })
  await goTo(page, './audit')
  await page.getByRole('row').filter({ hasText: 'addUser' }).filter({ hasText: 'operator' }).first().waitFor()
  await page.getByRole('button', { name: 'Check the chain' }).click()
  await page.getByText(/All \d+ entries are as they were written/).waitFor()
})
