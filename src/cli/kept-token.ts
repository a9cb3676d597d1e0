// Where `platen login` keeps the token of a login, and the CA of its appliance: one file of the person for each appliance. Pure, but for a look whether it is there.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

export const keptTokenFile = (url: string, environment: Environment): string => keptFile('login', url, environment)

export const keptCaFile = (url: string, environment: Environment): string => keptFile('ca', url, environment)

function keptFile(kind: string, url: string, environment: Environment): string {
  const { XDG_CONFIG_HOME: configured } = environment
  const folder = configured === undefined || configured === '' ? join(homedir(), '.config') : configured
  const host = url.replace(/^https?:\/\//, '').replaceAll(/[^\w.-]+/g, '_')
  return join(folder, 'platen', `${kind}-${host}`)
}

/** undefined: the person is not logged in there. */
export function keptToken(url: string, environment: Environment): string | undefined {
  const file = keptTokenFile(url, environment)
  return existsSync(file) ? file : undefined
}
