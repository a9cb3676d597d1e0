// What `platen complete LINE` prints, without the commands themselves: their words stand in command-words.json, which is made of them. Asks the
// appliance for names. Whatever fails offers nothing: nobody reads a failure while typing.
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type NamedThing, type Spoken, suggest } from './completion.ts'
import { keptCaFile, keptToken, keptTokenFile, ownFile } from './kept-token.ts'
import { namesIn, namesPath } from './names.ts'

/** A person waits with a finger on the key. */
export const PATIENCE_MS = 1500

type Environment = Readonly<Record<string, string | undefined>>

export async function completeLine(
  line: string,
  environment: Environment = process.env,
  patienceMs = PATIENCE_MS,
): Promise<readonly string[]> {
  const found = suggest(spokenCommands(), line)
  if (found.kind === 'words') return found.words
  const late = sleep(patienceMs, [], { ref: false })
  const names = await Promise.race([namesOf(found.of, environment).catch(() => []), late])
  return names.filter((name) => name.startsWith(found.begin)).map((name) => found.prefix + name)
}

export function spokenCommands(): readonly Spoken[] {
  return JSON.parse(readFileSync(new URL('./command-words.json', import.meta.url), 'utf8')) as Spoken[]
}

async function namesOf(of: NamedThing, environment: Environment): Promise<readonly string[]> {
  const { url, tokenFile } = await whereabouts(environment)
  const { PLATEN_CA_FILE: caFile = '' } = environment
  for (const file of [caFile, keptCaFile(url, environment)]) if (file !== '' && existsSync(file)) await trust(file)
  const authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`
  const response = await fetch(`${url.replace(/\/+$/, '')}/api/v1${namesPath(of)}`, { headers: { authorization } })
  return response.ok ? namesIn(of, (await response.json()) as Readonly<Record<string, unknown>>) : []
}

/** As whereIs: what reads contexts, and settings, is loaded where there are some. */
async function whereabouts(environment: Environment): Promise<{ readonly url: string; readonly tokenFile: string }> {
  const { PLATEN_URL: url, PLATEN_TOKEN_FILE: tokenFile } = environment
  if (url !== undefined) {
    const known = tokenFile ?? keptToken(url, environment)
    if (known !== undefined) return { url, tokenFile: known }
  } else if (existsSync(ownFile('contexts.yaml', environment))) {
    const { contextNamed } = await import('./contexts.ts')
    const context = contextNamed(undefined, environment)
    if (context !== undefined)
      return { url: context.url, tokenFile: context.tokenFile ?? keptTokenFile(context.url, environment) }
  }
  const { findLocalAppliance } = await import('../appliance/load-settings.ts')
  const local = findLocalAppliance({ file: undefined, environment, flags: {} })
  const here = url ?? local.url
  return { url: here, tokenFile: tokenFile ?? keptToken(here, environment) ?? local.tokenFile }
}

async function trust(file: string): Promise<void> {
  const { trustCaIn } = await import('./trust-ca.ts')
  trustCaIn(file)
}
