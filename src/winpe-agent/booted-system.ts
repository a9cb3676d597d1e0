// Which boot OS this is: the number that the appliance gave to its build, and what the system itself says that it was made from. Pure.
import type { BootedSystem } from '../contract/boot-build.ts'
import { parseCommandLine } from './config.ts'

/** Written by the first init, from the initrds. */
export const IDENTITY_FILE = '/etc/platen-build'

const DIGEST = /^[0-9a-f]{64}$/

/** identity: the text of that file; older systems have none. */
export function bootedSystem(commandLine: string, identity: string): BootedSystem | undefined {
  const number = Number(parseCommandLine(commandLine).get('platen.build'))
  const said = new Map(identity.split('\n').map((line) => [line.split('=')[0], line.split('=')[1] ?? ''] as const))
  const recipe = said.get('PLATEN_RECIPE') ?? ''
  const variant = said.get('PLATEN_VARIANT_DIGEST') ?? ''
  const booted = {
    ...(Number.isInteger(number) && number > 0 ? { build: number } : {}),
    ...(DIGEST.test(recipe) ? { recipe } : {}),
    ...(DIGEST.test(variant) ? { variant } : {}),
  }
  return Object.keys(booted).length === 0 ? undefined : booted
}
