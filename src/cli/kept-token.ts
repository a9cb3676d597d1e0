// Where `platen login` keeps the token of a login: one file of the person for each appliance. Pure, but for a look whether it is there.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

export function keptTokenFile(url: string, environment: Environment): string {
  const { XDG_CONFIG_HOME: configured } = environment
  const folder = configured === undefined || configured === '' ? join(homedir(), '.config') : configured
  const host = url.replace(/^https?:\/\//, '').replaceAll(/[^\w.-]+/g, '_')
  return join(folder, 'platen', `login-${host}`)
}

/** undefined: the person is not logged in there. */
export function keptToken(url: string, environment: Environment): string | undefined {
  const file = keptTokenFile(url, environment)
  return existsSync(file) ? file : undefined
}
