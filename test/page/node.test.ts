// What people do to one node, in a real browser at a real appliance.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { SimulatedFleet } from '../fakes/simulated-fleet/fleet.ts'
import { accessibilityFaults, ConsoleBrowser, goTo } from './browser.ts'

interface Job {
  readonly id: string
  readonly request: {
    readonly kind: string
    readonly node?: string
    readonly version?: number
    readonly disk?: { readonly serial?: string }
    readonly run?: { readonly inRoot?: boolean; readonly files: readonly object[] }
    readonly check?: { readonly items?: readonly string[]; readonly memorySeconds: number }
  }
}
interface Node {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly inventory: { readonly disks: readonly { readonly serial: string }[] }
}

let folder = ''
let fleet: SimulatedFleet
let browser: ConsoleBrowser
let page: Page
let node: Node

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'platen-page-node-'))
  fleet = await SimulatedFleet.start({ folder, nodes: 3, stepSeconds: 0.2, secureBoot: 'off' })
  for (let version = 1; version <= 2; version++) {
    const { id } = await fleet.ask<{ id: string }>('POST', '/jobs', { kind: 'capture', node: 'node-001', image: 'web-base' })
    expect(await fleet.ended(id)).toBe('succeeded')
  }
  browser = await ConsoleBrowser.open(fleet.appliance.url)
})

beforeEach(async () => {
  page = await browser.signedIn(fleet.appliance.token)
  node = await fleet.ask<Node>('GET', '/nodes/node-002')
  await goTo(page, `./nodes/${node.id}`)
  await page.getByRole('heading', { level: 1, name: node.name }).waitFor()
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
const jobOf = async (kind: string): Promise<Job['request'] | undefined> =>
  (await fleet.ask<{ jobs: readonly Job[] }>('GET', '/jobs')).jobs.find(
    ({ request }) => request.kind === kind && (request.node === node.id || request.node === node.name),
  )?.request

async function choose(entry: string): Promise<void> {
  await page.getByRole('button', { name: 'Actions' }).click()
  await page.getByRole('menuitem', { name: entry }).click()
  await dialog().waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
}

it('a version is tried in its memory', async () => {
  await choose('Try a version')
  await dialog().getByLabel('Version').selectOption('1')
  await dialog().getByRole('button', { name: 'Try a version' }).click()
  await page.getByText('The job is posted').waitFor()
  expect(await jobOf('try')).toMatchObject({ version: 1 })
})

it('a script is run inside of its system', async () => {
  await choose('Run a script')
  const go = dialog().getByRole('button', { name: 'Run a script' })
  expect(await go.isDisabled()).toBe(true)
  await dialog().getByLabel('Script').fill('#!/bin/sh\necho hello\n')
  await dialog().getByLabel('Inside of the system on its disk').check()
  await go.click()
  await page.getByText('The job is posted').waitFor()
  expect((await jobOf('run'))?.run).toMatchObject({ inRoot: true, files: [{ path: 'script', isScript: true }] })
})

it('its hardware is checked, without its disks', async () => {
  await choose('Check the hardware')
  await dialog()
    .getByLabel(/^Disks/)
    .uncheck()
  await dialog().getByLabel('Minutes for each').fill('3')
  await dialog().getByRole('button', { name: 'Check the hardware' }).click()
  await page.getByText('The job is posted').waitFor()
  expect((await jobOf('check'))?.check).toMatchObject({ items: ['memory', 'processor', 'network'], memorySeconds: 180 })
})

it('a disk is wiped only when it was chosen and the name of the node was typed', async () => {
  const [{ serial } = { serial: '' }] = node.inventory.disks
  await choose('Wipe disks')
  const go = dialog().getByRole('button', { name: 'Wipe disks' })
  await dialog().getByLabel(`Type ${node.name} to confirm`).fill(node.name)
  expect(await go.isDisabled(), 'no disk is chosen').toBe(true)
  await dialog().getByLabel(new RegExp(serial)).check()
  await dialog().getByText(`Everything on this disk of ${node.name} is lost for ever:`).waitFor()
  await dialog().getByLabel(`Type ${node.name} to confirm`).fill('node-00')
  expect(await go.isDisabled(), 'another name').toBe(true)
  await dialog().getByLabel(`Type ${node.name} to confirm`).fill(node.name)
  await go.click()
  await page.getByText('The job is posted').waitFor()
  expect((await jobOf('wipe'))?.disk).toEqual({ serial })
})

it('its boots are told step by step', async () => {
  await page.getByRole('tab', { name: 'Boots' }).click()
  await page.getByText('it asked what to boot: start the boot OS').first().waitFor()
  await page
    .getByText(/sent (into the boot OS|to its own disk), \d+ steps? in/)
    .first()
    .waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
})

it('it is held with a reason, and released', async () => {
  await choose('Hold')
  await dialog().getByLabel('Why').fill('a fan is loud')
  await dialog().getByRole('button', { name: 'Hold' }).click()
  await page.getByText('a fan is loud').first().waitFor()
  expect((await fleet.ask<Node>('GET', `/nodes/${node.id}`)).state).toBe('held')
  await page.getByRole('button', { name: 'Actions' }).click()
  await page.getByRole('menuitem', { name: 'Release' }).click()
  await page.getByText('Release: done').waitFor()
})

it('it is taken out of service only after its name was typed', async () => {
  node = await fleet.ask<Node>('GET', '/nodes/node-003')
  await goTo(page, `./nodes/${node.id}`)
  await page.getByRole('heading', { level: 1, name: node.name }).waitFor()
  await choose('Take out of service')
  const go = dialog().getByRole('button', { name: 'Take out of service' })
  expect(await go.isDisabled()).toBe(true)
  await dialog().getByRole('textbox').fill(node.name)
  await go.click()
  await page.getByText('retired', { exact: true }).waitFor()
})
