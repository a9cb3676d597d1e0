// Every screen, full and empty, as axe sees it, on a desk and on a phone, in light and in dark; and their pictures.
// PLATEN_SCREENS=docs/screens keeps the pictures that docs/screens.md shows; PLATEN_LOOK=FOLDER keeps all of them as PNG, to look at.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeBusy } from '../fakes/simulated-fleet/busy.ts'
import { SimulatedFleet } from '../fakes/simulated-fleet/fleet.ts'
import { furnish } from '../fakes/simulated-fleet/furnish.ts'
import { accessibilityFaults, ConsoleBrowser, goTo, type Look } from './browser.ts'

const FOLDERS = { webp: process.env.PLATEN_SCREENS, png: process.env.PLATEN_LOOK } as const

/** Of the pictures for people: each screen on a desk, and what is worth a look on a phone, on a wall and in the dark. */
const isKept = (picture: string): boolean =>
  picture.endsWith('-1280') ||
  /^(nodes|node|jobs|doctor|rack|roll-outs)-390$|^(racks|charts|batches)-1920$|^(nodes|image)-1280-dark$/.test(picture)

interface Screen {
  readonly name: string
  readonly path: string
  readonly title: string
  /** What is pressed first. */
  readonly press?: string
  /** What is there when it is whole. */
  readonly shows?: string | RegExp
}

const SCREENS: readonly Screen[] = [
  { name: 'nodes', path: './', title: 'Nodes' },
  { name: 'racks', path: './?view=racks', title: 'Nodes' },
  { name: 'node', path: './nodes/node-001', title: 'node-001' },
  { name: 'node-boots', path: './nodes/node-041', title: 'node-041', press: 'Boots', shows: /asked what to boot/ },
  { name: 'jobs', path: './jobs', title: 'Jobs' },
  { name: 'batches', path: './jobs', title: 'Jobs', press: 'Batches', shows: 'release-7' },
  { name: 'images', path: './images', title: 'Images' },
  { name: 'image', path: './images/web-base', title: 'web-base' },
  { name: 'profiles', path: './profiles', title: 'Profiles' },
  { name: 'classes', path: './classes', title: 'Classes' },
  { name: 'functions', path: './functions', title: 'Functions' },
  { name: 'roll-outs', path: './roll-outs', title: 'Roll-outs' },
  { name: 'packages', path: './packages', title: 'Packages', shows: 'monitoring-agent' },
  { name: 'boot-builds', path: './boot-builds', title: 'Boot OS builds' },
  { name: 'sites', path: './sites', title: 'Sites' },
  { name: 'site', path: './sites/paris', title: 'paris' },
  { name: 'charts', path: './charts', title: 'Charts' },
  { name: 'doctor', path: './doctor', title: 'Doctor' },
  { name: 'events', path: './events', title: 'Events' },
  { name: 'access', path: './access', title: 'Users and tokens' },
  { name: 'audit', path: './audit', title: 'Audit' },
  { name: 'settings', path: './settings', title: 'Settings' },
  { name: 'rack', path: './rack', title: 'At the rack' },
]

/** On a desk and on a phone, in light and in dark; on a wall. */
const LOOKS: readonly Required<Look>[] = [
  { width: 1280, height: 800, scheme: 'light' },
  { width: 1280, height: 800, scheme: 'dark' },
  { width: 390, height: 844, scheme: 'light' },
  { width: 390, height: 844, scheme: 'dark' },
  { width: 1920, height: 1080, scheme: 'light' },
]

let folder = ''
let fleet: SimulatedFleet
let browser: ConsoleBrowser

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'platen-page-screens-'))
  fleet = await SimulatedFleet.start({ folder, nodes: 60, stepSeconds: 1 })
  await makeBusy(fleet)
  await furnish(fleet, folder)
  browser = await ConsoleBrowser.open(fleet.appliance.url)
})

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await fleet?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

afterEach(() => {
  expect(browser.complaints.splice(0)).toEqual([])
})

describe.each(LOOKS)('$scheme, $width pixels wide', (look) => {
  let page: Page
  beforeAll(async () => {
    page = await browser.signedIn(fleet.appliance.token, look)
  })
  afterAll(async () => {
    await page?.context().close()
  })

  it.each(SCREENS)('$name', async (screen) => {
    await show(page, screen)
    const picture = `${screen.name}-${look.width}${look.scheme === 'dark' ? '-dark' : ''}`
    if (isKept(picture)) await keepPicture(page, picture, 'webp')
    await keepPicture(page, picture, 'png')
    expect(await accessibilityFaults(page)).toEqual([])
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(overflow, 'pixels that scroll sideways').toBeLessThanOrEqual(0)
  })
})

async function show(page: Page, { path, title, press, shows }: Screen): Promise<void> {
  await goTo(page, './events')
  await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor()
  await goTo(page, path)
  await page.getByRole('heading', { level: 1, name: title }).waitFor()
  if (press !== undefined) await page.getByRole('tab', { name: press }).click()
  // There may be several, one for each list.
  await expect.poll(() => page.getByRole('progressbar', { name: 'Loading' }).count()).toBe(0)
  if (shows !== undefined) await page.getByText(shows).first().waitFor()
}

async function keepPicture(page: Page, name: string, format: keyof typeof FOLDERS): Promise<void> {
  const folder = FOLDERS[format]
  if (folder === undefined) return
  const session = await page.context().newCDPSession(page)
  const { data } = await session.send('Page.captureScreenshot', { format, ...(format === 'webp' ? { quality: 60 } : {}) })
  await session.detach()
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, `${name}.${format}`), Buffer.from(data, 'base64'))
}
