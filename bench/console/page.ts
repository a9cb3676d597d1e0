// The console in Debian's Chromium, with what it takes measured by the browser itself. What runs in the page is text: no bundler is between.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core'

const PATIENCE_MS = 60_000
const PROGRAM = '/usr/bin/chromium-headless-shell'

/**
 * When the table has its first row and two frames were drawn behind it; how long the longest task took since it was asked last.
 * A task that is shorter than 50 ms is none of the long ones (W3C Long Tasks).
 */
const WATCH = `
  globalThis.benchLongest = 0
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.benchLongest = Math.max(globalThis.benchLongest, duration)
  }).observe({ type: 'longtask', buffered: true })
  const watch = new MutationObserver(() => {
    if (document.querySelector('table[aria-rowcount] td a') === null) return
    watch.disconnect()
    requestAnimationFrame(() => requestAnimationFrame(() => { globalThis.benchInteractiveMs = performance.now() }))
  })
  watch.observe(document, { subtree: true, childList: true })
`

export class MeasuredPage implements AsyncDisposable {
  readonly #browser: Browser
  readonly #page: Page
  readonly #session: CDPSession

  private constructor(browser: Browser, page: Page, session: CDPSession) {
    this.#browser = browser
    this.#page = page
    this.#session = session
  }

  /** A new browser with nothing in its cache, signed in. */
  static async open(url: string, token: string): Promise<MeasuredPage> {
    const browser = await chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox'] })
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    await context.addInitScript({ content: `sessionStorage.setItem('platen-token', ${JSON.stringify(token)});${WATCH}` })
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    await page.goto(`${url}/console/`)
    return new MeasuredPage(browser, page, session)
  }

  async interactiveMs(): Promise<number> {
    // The policy of the page lets nothing wait inside of it; the moment itself is noted there.
    for (const until = performance.now() + PATIENCE_MS; performance.now() < until; ) {
      const ms = (await this.#page.evaluate('globalThis.benchInteractiveMs')) as number | undefined
      if (ms !== undefined) return ms
      await sleep(100)
    }
    throw new Error(`no row after ${PATIENCE_MS} ms`)
  }

  /** Since this was asked last. */
  async longestTaskMs(): Promise<number> {
    return (await this.#page.evaluate(
      '(() => { const ms = globalThis.benchLongest; globalThis.benchLongest = 0; return ms })()',
    )) as number
  }

  /** Of JavaScript, after everything that nobody needs has gone. */
  async heapBytes(): Promise<number> {
    await this.#session.send('HeapProfiler.collectGarbage')
    const { usedSize } = await this.#session.send('Runtime.getHeapUsage')
    return usedSize
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
  }
}
