import { expect, it } from 'vitest'
import type { BootedSystem } from '../../src/contract/boot-build.ts'
import { bootedSystem } from '../../src/winpe-agent/booted-system.ts'

const DIGEST = 'a'.repeat(64)
const OTHER = 'b'.repeat(64)

it.each<{ name: string; commandLine: string; identity: string; says: BootedSystem | undefined }>([
  { name: 'nothing', commandLine: 'quiet', identity: '', says: undefined },
  { name: 'a number alone', commandLine: 'platen.build=3 quiet', identity: '', says: { build: 3 } },
  {
    name: 'a plain build',
    commandLine: 'platen.build=3',
    identity: `PLATEN_RECIPE=${DIGEST}\n`,
    says: { build: 3, recipe: DIGEST },
  },
  {
    name: 'a variant',
    commandLine: 'platen.build=4',
    identity: `PLATEN_RECIPE=${DIGEST}\nPLATEN_VARIANT=cards\nPLATEN_VARIANT_DIGEST=${OTHER}\n`,
    says: { build: 4, recipe: DIGEST, variant: OTHER },
  },
  { name: 'nonsense', commandLine: 'platen.build=x', identity: 'PLATEN_RECIPE=1\nrubbish', says: undefined },
])('$name', ({ commandLine, identity, says }) => {
  expect(bootedSystem(commandLine, identity)).toEqual(says)
})
