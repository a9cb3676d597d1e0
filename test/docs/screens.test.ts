// The page of pictures shows every picture there is, and they stay small.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { expect, it } from 'vitest'

const FOLDER = 'docs/screens'

it('docs/screens.md shows every picture, and no other', () => {
  const pictures = existsSync(FOLDER) ? readdirSync(FOLDER).sort() : []
  const shown = [...readFileSync('docs/screens.md', 'utf8').matchAll(/\]\(screens\/([\w.-]+)\)/g)].map(([, name]) => name!)
  expect(shown.sort()).toEqual(pictures)
  expect(pictures.length).toBeGreaterThan(20)
})

it('the pictures take less than 3 MB together', () => {
  const bytes = readdirSync(FOLDER).reduce((sum, name) => sum + statSync(`${FOLDER}/${name}`).size, 0)
  expect(bytes).toBeLessThan(3_000_000)
})
