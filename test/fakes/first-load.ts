// What a browser fetches before the first screen is there, as it lies packed beside the console's files: the page with all that it names, and
// the screen of the nodes with all that Vite's loader fetches for it.
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const BUILT = join(import.meta.dirname, '../../src/console/built')

/** By brotli; without fonts. The console must be built. */
export function firstLoadBytes(): number {
  const page = readFileSync(join(BUILT, 'index.html'), 'utf8')
  const named = [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path!)
  const entry = named.find((path) => /\/index-[\w-]+\.js$/.test(path))
  if (entry === undefined) throw new Error('the page names no script: build the console')
  const needed = new Set([...named, ...filesOfFirstScreen(readFileSync(join(BUILT, entry), 'utf8'))])
  return [...needed].reduce((sum, path) => sum + statSync(join(BUILT, `${path}.br`)).size, page.length)
}

/** Vite's loader has all files in one list, and for each screen the places in it. */
function filesOfFirstScreen(entry: string): readonly string[] {
  const list = /m\.f=(\[[^\]]+\])/.exec(entry)?.[1]
  const places = /fleet-screen-[\w-]+\.js[`"']\),__vite__mapDeps\((\[[\d,]+\])\)/.exec(entry)?.[1]
  if (list === undefined || places === undefined) throw new Error('the script does not say what the screen of the nodes needs')
  const files = JSON.parse(list) as readonly string[]
  return (JSON.parse(places) as readonly number[]).map((place) => files[place]!.replace('./', 'assets/'))
}
