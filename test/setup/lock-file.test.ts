// package-lock.json names every optional package of every platform. npm leaves out those that a registry does not have, and then
// `npm ci` refuses the whole lock file, on every machine.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

interface Locked {
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> }

it('names every optional package', () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => {
      const nested = `${path === '' ? '' : `${path}/`}node_modules/${name}`
      return packages[nested] === undefined && packages[`node_modules/${name}`] === undefined
    }),
  )
  expect(missing, 'add them with version, os, cpu and "optional": true, as their neighbours have').toEqual([])
})
