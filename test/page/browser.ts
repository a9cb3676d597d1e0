// Debian's Chromium at the console of a real appliance. Whatever it complains of is kept: a page without complaints is what is promised.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PROGRAM = '/usr/bin/chromium-headless-shell'

export type Scheme = 'light' | 'dark'

export interface Look {
  readonly width?: number
  readonly height?: number
  readonly scheme?: Scheme
}

export class ConsoleBrowser implements AsyncDisposable {
  readonly #browser: Browser
  readonly #url: string
  /** Errors and warnings of the page, breaches of its policy among them. */
  readonly complaints: string[] = []

  private constructor(browser: Browser, url: string) {
    this.#browser = browser
    this.#url = url
  }

  static async open(applianceUrl: string): Promise<ConsoleBrowser> {
    const browser = await chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox'] })
    return new ConsoleBrowser(browser, `${applianceUrl}/console/`)
  }

  /** A new visitor, not signed in. */
  async visit({ width = 1280, height = 800, scheme = 'light' }: Look = {}): Promise<Page> {
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      reducedMotion: 'reduce',
      bypassCSP: false,
    })
    const page = await context.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => void this.complaints.push(error.message))
    await page.goto(this.#url)
    await page.locator('#name').waitFor()
    return page
  }

  async signedIn(token: string, look: Look = {}): Promise<Page> {
    const page = await this.visit(look)
    await page.getByRole('button', { name: 'With a token instead' }).click()
    await page.locator('#token').fill(token)
    await page.keyboard.press('Enter')
    // The way in has a heading, too: what is inside has a place for content.
    await page.locator('#content').getByRole('heading', { level: 1 }).waitFor()
    return page
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
  }
}

/** Goes there as a link would, without loading the page anew. */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, '', new URL(to, document.baseURI))
    dispatchEvent(new PopStateEvent('popstate'))
  }, path)
}

/** What axe finds against WCAG 2.2 AA, in words. It is run by the browser's own debugger: the policy of the page allows no script of others. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE)
  const { violations } = (await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(where: Document, options: object): Promise<unknown> } }).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  )) as { violations: readonly { id: string; nodes: readonly { target: readonly string[]; failureSummary: string }[] }[] }
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  )
}
