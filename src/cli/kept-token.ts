// Where a person's own files lie: the token of each login of `platen login` and the CA of its appliance, one file an appliance, and what else is kept.
// Pure, but for a look whether a token is there.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** A file of the person: in XDG_CONFIG_HOME or ~/.config. */
export function ownFile(name: string, { XDG_CONFIG_HOME: configured }: Environment): string {
  const folder = configured === undefined || configured === '' ? join(homedir(), '.config') : configured
  return join(folder, 'platen', name)
}

export const keptTokenFile = (url: string, environment: Environment): string => keptFile('login', url, environment)

export const keptCaFile = (url: string, environment: Environment): string => keptFile('ca', url, environment)

function keptFile(kind: string, url: string, environment: Environment): string {
  return ownFile(`${kind}-${url.replace(/^https?:\/\//, '').replaceAll(/[^\w.-]+/g, '_')}`, environment)
}

/** undefined: the person is not logged in there. */
export function keptToken(url: string, environment: Environment): string | undefined {
  const file = keptTokenFile(url, environment)
  return existsSync(file) ? file : undefined
}
