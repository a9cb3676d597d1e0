// From here on the agent speaks HTTPS with the appliance that booted it. By which CA, the kernel command line says: the certificate itself comes by
// plain HTTP and counts only by its fingerprint. Touches the network, and what this process trusts.
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { CA_PATH, certificateWith } from '../contract/certificates.ts'
import { AppError } from '../contract/errors.ts'

/** platen.ca=<fingerprint>@<port> */
export interface HttpsHint {
  readonly fingerprint: string
  readonly port: number
}

export interface HttpsHomeDeps {
  pause(ms: number, signal: AbortSignal): Promise<void>
  log(line: string): void
  nowMs(): number
  /** Left out: this system's clock cannot be set. */
  setClock?(at: Date): Promise<void>
}

const ANSWER_TIMEOUT_MS = 10_000
const PAUSE_MS = 2000
/** Machines without a battery begin in another century: no certificate is valid there. */
const CLOCK_OFF_MS = 3600_000

/** Gives the appliance's address for HTTPS. Asks as long as nobody answers; never falls back to what is not encrypted. */
export async function goHttps(
  applianceUrl: string,
  { fingerprint, port }: HttpsHint,
  deps: HttpsHomeDeps,
  signal: AbortSignal,
): Promise<string> {
  const { pem, date } = await fetchCa(applianceUrl, deps, signal)
  const certificate = certificateWith(pem, fingerprint)
  if (certificate === undefined)
    throw new AppError(
      'AGENT_CA_REFUSED',
      `what ${applianceUrl}${CA_PATH} gives is not the CA that this boot was told of (SHA-256 ${fingerprint})`,
      'Restart the machine. When that says the same, somebody else answers in the name of the appliance: compare `platen ca show` there.',
    )
  await keepClock(date, deps)
  setDefaultCACertificates([...getCACertificates('default'), certificate])
  const { hostname } = new URL(applianceUrl)
  return `https://${hostname}:${port}`
}

async function fetchCa(
  applianceUrl: string,
  { pause, log }: HttpsHomeDeps,
  signal: AbortSignal,
): Promise<{ readonly pem: string; readonly date: string | null }> {
  for (let failures = 0; ; failures++) {
    try {
      const response = await fetch(`${applianceUrl}${CA_PATH}`, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
      })
      if (response.ok) return { pem: await response.text(), date: response.headers.get('date') }
      if (failures === 0) log(`${applianceUrl}${CA_PATH} answers ${response.status}; asking again until it is there`)
    } catch (error) {
      signal.throwIfAborted()
      if (failures === 0) log(`${applianceUrl}${CA_PATH} does not answer (${String(error)}); asking again until it does`)
    }
    await pause(PAUSE_MS, signal)
  }
}

async function keepClock(date: string | null, { nowMs, setClock, log }: HttpsHomeDeps): Promise<void> {
  const at = new Date(date ?? Number.NaN)
  if (setClock === undefined || Number.isNaN(at.getTime()) || Math.abs(at.getTime() - nowMs()) < CLOCK_OFF_MS) return
  log(
    `the clock of this machine says ${new Date(nowMs()).toISOString()}; it is set to that of the appliance, ${at.toISOString()}`,
  )
  await setClock(at)
}
