// Where the agent's appliances are, read from the kernel command line and its own configuration. Pure: text in, configuration out.
import type { AgentConfigView, ListedAppliance } from '../contract/appliances.ts'
import { CA_WORD } from '../contract/certificates.ts'
import { AppError } from '../contract/errors.ts'
import type { HttpsHint } from './https-home.ts'
import { featuresOf } from './tools/oem-strings.ts'

export interface AgentConfig {
  /** The appliance that booted this machine, else the first of the agent's own configuration. Without a slash at the end. */
  readonly applianceUrl: string
  /** Of this boot. undefined: the appliance is asked for one, by the credential. */
  readonly token: string | undefined
  readonly credential: string | undefined
  /** Its appliance speaks HTTPS, and this is how its CA is known. undefined: it does not. */
  readonly https?: HttpsHint | undefined
  /** Others that the agent's own configuration names. */
  readonly appliances: readonly ListedAppliance[]
  /** platen.directory=http://…,http://…: where more of them are known. */
  readonly directories: readonly string[]
  /** The longest that one question for a job may take; undefined: as long as is useful. */
  readonly waitSeconds: number | undefined
  /** The card that this boot came through. */
  readonly bootMac: string | undefined
  /** platen.config=release,debug: the types of configuration that this machine builds. */
  readonly configTypes: readonly string[]
  /** platen.features=: what this machine should provide. */
  readonly features: readonly string[]
  /** platen.idle=reboot: when nobody has a job for it, this machine goes to its disk instead of waiting for one. */
  readonly restartsWhenIdle: boolean
}

/** Words of the command line as the kernel splits them: at spaces, double quotes keep spaces, the last of equal words wins. */
export function parseCommandLine(text: string): ReadonlyMap<string, string> {
  const words = new Map<string, string>()
  for (const [word] of text.matchAll(/(?:[^\s"]|"[^"]*"?)+/g)) {
    const plain = word.replaceAll('"', '')
    const equals = plain.indexOf('=')
    if (equals === -1) words.set(plain, '')
    else words.set(plain.slice(0, equals), plain.slice(equals + 1))
  }
  return words
}

/** `own`: the agent's own configuration, where it has one; a machine that was not booted by an appliance lives by it alone. */
export function agentConfig(commandLine: string, own?: AgentConfigView): AgentConfig {
  const words = parseCommandLine(commandLine)
  const applianceUrl = words.get('platen.url')?.replace(/\/+$/, '') ?? ''
  const token = words.get('platen.token') ?? ''
  const lacking = [
    isHttpUrl(applianceUrl) ? '' : 'platen.url=http://<appliance>:8080',
    token === '' ? 'platen.token=<token>' : '',
  ]
  const [first] = own?.appliances ?? []
  const isBooted = lacking.every((word) => word === '')
  if (!isBooted && (first === undefined || lacking.includes(''))) {
    throw new AppError(
      'AGENT_CONFIG_INVALID',
      `the kernel command line lacks ${lacking.filter((word) => word !== '').join(' and ')}`,
      'Boot this machine through the appliance, which adds these words; a token cannot be typed in by hand.',
    )
  }
  return {
    ...(isBooted || first === undefined
      ? { applianceUrl, token, credential: undefined, https: httpsHintOf(words.get(CA_WORD)) }
      : { applianceUrl: first.url, token: undefined, credential: first.credential }),
    appliances: own?.appliances ?? [],
    directories: listOf(words.get('platen.directory')),
    waitSeconds: own?.waitSeconds,
    bootMac: macOf(words.get('BOOTIF')),
    configTypes: [...new Set([...listOf(words.get('platen.config')), ...(own?.configTypes ?? [])])],
    features: featuresOf([`platen.features=${words.get('platen.features') ?? ''}`]),
    restartsWhenIdle: words.get('platen.idle') === 'reboot',
  }
}

/** What cannot be read is no reason to speak without encryption. */
function httpsHintOf(word: string | undefined): HttpsHint | undefined {
  if (word === undefined) return undefined
  const [, fingerprint, port] = /^([0-9a-f]{64})@(\d{1,5})$/.exec(word) ?? []
  if (fingerprint !== undefined) return { fingerprint, port: Number(port) }
  throw new AppError(
    'AGENT_CONFIG_INVALID',
    `the kernel command line has ${CA_WORD}=${word}, which is no fingerprint and port`,
    'Boot this machine through the appliance, which writes this word.',
  )
}

function listOf(text = ''): readonly string[] {
  return text.split(',').filter((word) => word !== '')
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

/** iPXE's ${net0/mac} has colons; PXELINUX writes 01-52-54-…, the hardware type first. */
function macOf(bootif: string | undefined): string | undefined {
  const match = /^(?:01-)?((?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2})$/i.exec(bootif ?? '')
  return match?.[1]?.toLowerCase().replaceAll('-', ':')
}
