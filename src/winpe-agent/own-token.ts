// The token of the boot script stood where others can read it: the agent changes it for one of its own before it says anything else. Touches one
// file, by which an agent that was started again in the same boot is known as the one that came first.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { BootExchangeAnswer } from '../contract/agent-api.ts'
import { createHttpClient, type HttpClientDeps } from './http-client.ts'

interface Boot {
  readonly applianceUrl: string
  readonly token: string
}

/** Asks until it is answered. Throws AGENT_TOKEN_CONTESTED when somebody else came before. */
export async function ownToken(
  { applianceUrl, token }: Boot,
  file: string,
  deps: HttpClientDeps,
  signal: AbortSignal,
): Promise<string> {
  const secret = secretOfBoot(token, file)
  const { post } = createHttpClient({ applianceUrl, token }, deps)
  return (await post('/exchange', { secret }, BootExchangeAnswer, signal)).token
}

/** On disk before it is shown: in memory, on the boot OS, and gone with it. */
function secretOfBoot(token: string, file: string): string {
  const [boot, known] = readLines(file)
  if (boot === token && known !== undefined) return known
  const secret = randomBytes(32).toString('base64url')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${token}\n${secret}\n`, { mode: 0o600 })
  return secret
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}
