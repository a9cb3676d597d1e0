// The files of a version: an image with a real filesystem, brought by the command line, looked at in the browser.
import { execFile, execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ApplianceProgram } from '../fakes/appliance-program.ts'
import { accessibilityFaults, ConsoleBrowser, goTo } from './browser.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/platen')
const TEXT = 'whatever a person wants to read\n'

let folder = ''
let appliance: ApplianceProgram
let browser: ConsoleBrowser
let page: Page

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'platen-page-files-'))
  const [content, disk] = [join(folder, 'content'), join(folder, 'disk.raw')]
  await mkdir(join(content, 'etc', 'app'), { recursive: true })
  await writeFile(join(content, 'etc', 'app', 'a long name of a file, with spaces.conf'), TEXT)
  execFileSync('mkfs.ext4', ['-q', '-d', content, disk, '16M'])
  appliance = await ApplianceProgram.start(folder)
  const env = { ...process.env, PLATEN_URL: appliance.url, PLATEN_TOKEN_FILE: appliance.tokenFile }
  await promisify(execFile)(PROGRAM, ['image', 'import', disk, '--name', 'tools'], { env })
  browser = await ConsoleBrowser.open(appliance.url)
  page = await browser.signedIn(appliance.token)
})

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await appliance?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

it('a file of a version is found folder by folder, and downloaded as it is', async () => {
  await goTo(page, './images/tools')
  await page.getByRole('link', { name: 'Files of tools@1' }).click()
  await page.getByRole('link', { name: 'etc/' }).click()
  await page.getByRole('link', { name: 'app/' }).click()
  const button = page.getByRole('button', { name: 'Download: a long name of a file, with spaces.conf' })
  await button.waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()])
  expect(download.suggestedFilename()).toBe('a long name of a file, with spaces.conf')
  expect(await readFile((await download.path())!, 'utf8')).toBe(TEXT)
  await page.getByRole('link', { name: 'Root folder' }).click()
  await page.getByRole('link', { name: 'lost+found/' }).waitFor()
  expect(browser.complaints.splice(0)).toEqual([])
})
