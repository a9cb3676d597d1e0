// Which appliance a command asks, and by whose token. Reads the person's contexts and the settings of the appliance on this machine.
import type { ApiTarget } from './command.ts'
import { contextNamed } from './contexts.ts'
import { keptCaFile, keptToken, keptTokenFile } from './kept-token.ts'

interface Local {
  readonly url: string
  readonly tokenFile: string
}

export interface Whereabouts extends Local {
  readonly keptTokenFile: string
  readonly keptCaFile: string
}

/** The nearest word wins: --url, --context, PLATEN_URL, PLATEN_CONTEXT, the context in use, the appliance on this machine. */
export function whereIs(
  target: ApiTarget,
  environment: Readonly<Record<string, string | undefined>>,
  local: () => Local,
): Whereabouts {
  const said = target.url ?? (target.context === undefined ? environment.PLATEN_URL : undefined)
  const context = said === undefined ? contextNamed(target.context, environment) : undefined
  const url = said ?? context?.url ?? local().url
  const kept = { keptTokenFile: keptTokenFile(url, environment), keptCaFile: keptCaFile(url, environment) }
  if (context === undefined) {
    const tokenFile = target.tokenFile ?? environment.PLATEN_TOKEN_FILE ?? keptToken(url, environment) ?? local().tokenFile
    return { url, tokenFile, ...kept }
  }
  // A token of another appliance is not sent there: a context has its own, or the login.
  return { url, tokenFile: target.tokenFile ?? context.tokenFile ?? kept.keptTokenFile, ...kept }
}
