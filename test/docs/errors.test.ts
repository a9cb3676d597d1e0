// docs/errors.md has one heading a code, and no heading without a code.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ERROR_CODES } from '../../src/contract/errors.ts'
import { EXIT_STATUS } from './render.ts'

const page = readFileSync('docs/errors.md', 'utf8')
const headings = [...page.matchAll(/^## ([A-Z0-9_]+)$/gm)].map(([, code]) => code!)

it('every code is explained', () => {
  expect(Object.keys(ERROR_CODES).filter((code) => !headings.includes(code))).toEqual([])
})

it('every heading is a code, once', () => {
  expect(headings.filter((code, index) => !Object.hasOwn(ERROR_CODES, code) || headings.indexOf(code) !== index)).toEqual([])
})

it('every exit status is explained in docs/cli.md', () => {
  const used = new Set(Object.values(ERROR_CODES).map(({ exit }) => exit))
  expect([...used].filter((exit) => EXIT_STATUS[exit] === undefined)).toEqual([])
})

it.each(headings)('%s says what it means', (code) => {
  const text = page.split(`\n## ${code}\n`)[1]?.split(/^#/m)[0]?.trim() ?? ''
  expect(text.length).toBeGreaterThan(40)
})
