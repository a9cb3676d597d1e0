// The console in a real browser at a real appliance, with machines that speak the agents' protocol.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeBusy } from '../fakes/simulated-fleet/busy.ts'
import { SimulatedFleet } from '../fakes/simulated-fleet/fleet.ts'
import { ConsoleBrowser, goTo } from './browser.ts'

/** `npm run test:night` takes 500. */
const NODES = Number(process.env.PLATEN_FLEET ?? 60)

interface Node {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly bootMacs: readonly string[]
  readonly installed?: { readonly imageName: string; readonly version: number }
}

let folder = ''
let fleet: SimulatedFleet
let browser: ConsoleBrowser
let page: Page

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'platen-page-'))
  fleet = await SimulatedFleet.start({ folder, nodes: NODES, stepSeconds: 1 })
  await makeBusy(fleet)
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

const nodes = async () => (await fleet.ask<{ nodes: readonly Node[] }>('GET', '/nodes')).nodes
const heading = (text: string) => page.getByRole('heading', { level: 1, name: text })

it('a wrong token is told at once, and nothing is shown', async () => {
  const stranger = await browser.visit()
  await stranger.getByRole('button', { name: 'With a token instead' }).click()
  await stranger.locator('#token').fill('wrong')
  await stranger.keyboard.press('Enter')
  await stranger.getByText('The appliance does not know this token.').waitFor()
  expect(await stranger.getByRole('link', { name: /^node-/ }).count()).toBe(0)
  await stranger.context().close()
  // The browser itself tells of the refusal.
  expect(browser.complaints.splice(0)).toEqual([expect.stringContaining('401')])
})

it('a person logs in by name and password, is known after a reload by a cookie that no script reads, and logs out', async () => {
  await fleet.ask('POST', '/users', { name: 'ann', role: 'technician', password: 'a sentence is a good password' })
  const ann = await browser.visit()
  await ann.locator('#name').fill('ann')
  await ann.locator('#password').fill('a sentence is a good password')
  await ann.keyboard.press('Enter')
  await ann.getByRole('heading', { level: 1, name: 'Nodes' }).waitFor()
  expect(await ann.evaluate(() => document.cookie)).toBe('')
  await ann.reload()
  await ann.getByRole('link', { name: 'node-001' }).waitFor()
  await ann.getByRole('button', { name: 'Sign out' }).click()
  await ann.locator('#name').waitFor()
  await ann.reload()
  await ann.locator('#name').waitFor()
  await ann.context().close()
})

describe('nodes', () => {
  it('are filtered by what stands in the address, and a filter goes into it', async () => {
    await goTo(page, './?state=discovered')
    await page.getByText(`${Math.floor(NODES / 25)} of ${NODES}`).waitFor()
    await goTo(page, './')
    const [, second] = await nodes()
    await page.getByRole('textbox', { name: 'Name, MAC, serial, tag or place' }).fill(second!.bootMacs[0]!.toUpperCase())
    await page.getByText(`1 of ${NODES}`).waitFor()
    await page.waitForURL(/q=/)
    await page.getByRole('button', { name: 'Clear all filters' }).click()
    await page.waitForURL((url) => !url.search.includes('q='))
  })

  it('stand in their racks', async () => {
    await goTo(page, './')
    await page.getByRole('button', { name: 'Racks' }).click()
    await page.getByRole('heading', { name: 'dc1/rack1 (20)' }).waitFor()
    await page.waitForURL(/view=racks/)
  })

  it('are approved several at once, and the page follows without being loaded again', async () => {
    await goTo(page, './?state=discovered')
    await page.getByRole('checkbox', { name: 'Select all rows' }).check()
    await page.getByRole('button', { name: /^Approve \(/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
    await page.getByText('No node fits these filters').waitFor()
    expect((await nodes()).filter(({ state }) => state === 'discovered')).toEqual([])
  })

  it('a change that somebody else makes is seen at once', async () => {
    const node = (await nodes()).find(({ state }) => state === 'approved')!
    await goTo(page, `./nodes/${node.id}`)
    await heading(node.name).waitFor()
    await fleet.ask('POST', `/nodes/${node.id}/hold`, { reason: 'somebody else holds it' })
    await page
      .getByRole('heading', { name: 'somebody else holds it' })
      .or(page.getByText('somebody else holds it'))
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Actions' }).click()
    await page.getByRole('menuitem', { name: 'Release' }).click()
    await page.getByText('Release: done').waitFor()
    expect((await nodes()).find(({ id }) => id === node.id)!.state).toBe('approved')
  })

  it('a node is put back only after its name was typed', async () => {
    const node = (await nodes()).find(({ installed, state }) => installed?.version === 3 && state === 'approved')!
    await goTo(page, `./nodes/${node.id}`)
    await page.getByRole('button', { name: 'Put back to …' }).click()
    const row = page
      .getByRole('dialog')
      .getByRole('row')
      .filter({ has: page.getByRole('gridcell', { name: '2', exact: true }) })
    await row
      .getByText(/MB|kB|GB/)
      .first()
      .waitFor()
    await row.getByRole('button', { name: 'Choose' }).click()
    const go = page.getByRole('dialog').getByRole('button', { name: 'Put back', exact: true })
    expect(await go.isDisabled()).toBe(true)
    await page.getByRole('dialog').getByRole('textbox').fill(node.name)
    await go.click()
    await page.getByText('The job is posted').waitFor()
    const { jobs } = await fleet.ask<{ jobs: readonly { request: { node?: string; version?: number; kind: string } }[] }>(
      'GET',
      '/jobs',
    )
    expect(jobs.some(({ request }) => request.kind === 'deploy' && request.node === node.id && request.version === 2)).toBe(true)
  })
})

it('the finder goes to a node by any MAC with the keyboard alone', async () => {
  const [first] = await nodes()
  await goTo(page, './events')
  await heading('Events').waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('textbox').waitFor()
  await page.keyboard.type(first!.bootMacs[0]!.replaceAll(':', ''))
  await page.getByRole('menuitem', { name: first!.name }).waitFor()
  await page.keyboard.press('Enter')
  await heading(first!.name).waitFor()
})

it('a job is dragged before another one of the queue, and back', async () => {
  await goTo(page, './jobs')
  const order = async () =>
    (await fleet.ask<{ jobs: readonly { id: string; state: string }[] }>('GET', '/jobs')).jobs
      .filter(({ state }) => state === 'queued')
      .map(({ id }) => id)
  const [first = '', second = '', ...others] = await order()
  const rowOf = (id: string) => page.getByRole('row').filter({ has: page.locator(`a[href$="/jobs/${id}"]`) })
  await rowOf(second).dragTo(rowOf(first))
  await expect.poll(order, { timeout: 20_000 }).toEqual([second, first, ...others])
  await rowOf(first).dragTo(rowOf(second))
  await expect.poll(order, { timeout: 20_000 }).toEqual([first, second, ...others])
})

it('a job in the queue moves up by a key, and is cancelled after a question', async () => {
  await goTo(page, './jobs')
  const title = 'Nightly database build on a machine with a terabyte of memory'
  const queued = async () =>
    (await fleet.ask<{ jobs: readonly { state: string; request: { title?: string } }[] }>('GET', '/jobs')).jobs.filter(
      ({ state }) => state === 'queued',
    )
  const at = async () => (await queued()).findIndex(({ request }) => request.title === title)
  await page.getByRole('button', { name: `Earlier in the queue: ${title}` }).waitFor()
  const before = await at()
  await page.getByRole('button', { name: `Earlier in the queue: ${title}` }).press('Enter')
  await expect.poll(at).toBe(before - 1)
  await page.getByRole('link', { name: title }).click()
  await heading(title).waitFor()
  await page.getByRole('button', { name: 'Cancel job' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel job' }).click()
  await page.getByText('cancelled', { exact: true }).waitFor()
})

it('versions are compared, tagged and read back', async () => {
  await goTo(page, './images/web-base')
  await page.getByRole('checkbox', { name: 'Compare: 1' }).check()
  await page.getByRole('checkbox', { name: 'Compare: 3' }).check()
  await page.getByText(/differ, in \d+ chunks/).waitFor()
  await page.getByRole('button', { name: 'Actions: web-base@1' }).click()
  await page.getByRole('menuitem', { name: 'Set a tag' }).click()
  await page.getByRole('dialog').getByRole('textbox').fill('golden')
  await page.keyboard.press('Enter')
  await page.getByText('golden', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Verify: 1', exact: true }).click()
  await page.getByText(/^whole, /).waitFor()
})

it('the versions that a rule would not keep are shown with the reasons of the others, before anything goes', async () => {
  await goTo(page, './images/db-base')
  await page.getByLabel('Keep the newest').fill('1')
  await page.getByRole('button', { name: 'Show what would go' }).click()
  const table = page.getByRole('grid', { name: 'Which versions to keep' })
  await table.getByText('goes', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Remove 1 version' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('These versions of db-base are removed from the catalogue: 1.').waitFor()
  await dialog.getByRole('textbox').fill('db-base')
  await dialog.getByRole('button', { name: 'Remove 1 version' }).click()
  await dialog.waitFor({ state: 'detached' })
  const { versions } = await fleet.ask<{ versions: readonly { version: number }[] }>('GET', '/images/db-base')
  expect(versions.map(({ version }) => version)).toEqual([2])
})

it('a job that waits says what stands against each machine', async () => {
  await goTo(page, './jobs')
  const title = 'Database build that no machine fits'
  await fleet.ask('POST', '/jobs', { kind: 'build', profile: 'db-base', title, needs: { minMemoryBytes: 1_000_000_000_000_000 } })
  await page.getByRole('link', { name: title }).click()
  await page.getByText('No node can take it as things are.').waitFor()
  await page
    .getByText(/nodes: has \d+ bytes of memory, the job needs 1000000000000000/)
    .first()
    .waitFor()
})

it('a profile with a mistake shows the line, and a good one is built', async () => {
  await goTo(page, './profiles')
  await page.getByText(/did you mean "architecture"/).waitFor()
  await page.getByRole('button', { name: 'Build now: web-base' }).click()
  await heading('build web-base').waitFor()
})

it('a class is deployed only after the number of its nodes was typed', async () => {
  await goTo(page, './classes')
  await page.getByRole('button', { name: 'Deploy to all: database' }).click()
  const dialog = page.getByRole('dialog')
  const go = dialog.getByRole('button', { name: 'Deploy to all' })
  await dialog.getByRole('textbox').fill('1')
  expect(await go.isDisabled()).toBe(true)
  await dialog.getByRole('button', { name: 'Cancel' }).click()
})

it('a lost connection is shown, and comes back by itself', async () => {
  await goTo(page, './')
  await fleet.appliance.end()
  await page.getByText('The connection to the appliance is lost.').waitFor()
  await fleet.appliance.restart()
  await page.getByText('The connection to the appliance is lost.').waitFor({ state: 'detached' })
  // What the browser says of calls that nobody answered.
  const others = browser.complaints.splice(0).filter((text) => !/Failed to load resource|ERR_/.test(text))
  expect(others).toEqual([])
})
