// By which CA this program believes an appliance that speaks HTTPS: a file that is named, or one that a login kept. Touches files, the network,
// and what this process trusts.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { CA_PATH, certificateWith, readFingerprint } from '../contract/certificates.ts'
import { AppError } from '../contract/errors.ts'

/** Beside those of the system. Throws CLI_CA_REFUSED when the file cannot be read. */
export function trustCaIn(file: string): void {
  try {
    trust(readFileSync(file, 'utf8'))
  } catch (error) {
    throw refused(
      `${file} cannot be used as a CA: ${(error as Error).message}`,
      'It has to hold certificates in PEM: platen ca export.',
      error,
    )
  }
}

export function trustKeptCa(file: string): void {
  if (existsSync(file)) trustCaIn(file)
}

/** Fetches the CA of an appliance, holds it against the fingerprint that a person brought, and keeps it in the file. */
export async function keepCa(url: string, said: string, file: string, signal: AbortSignal): Promise<void> {
  const fingerprint = readFingerprint(said)
  if (fingerprint === undefined)
    throw new AppError(
      'CLI_USAGE',
      `--ca-fingerprint takes a SHA-256, not "${said}"`,
      'Take it from `platen ca show` on the appliance.',
    )
  if (!url.startsWith('https:'))
    throw new AppError('CLI_USAGE', `${url} does not speak HTTPS`, 'Say --url https://HOST:8443 with --ca-fingerprint.')
  const certificate = certificateWith(await fetchUnbelieved(`${url.replace(/\/+$/, '')}${CA_PATH}`, signal), fingerprint)
  if (certificate === undefined)
    throw refused(
      `${url} has another CA than that with SHA-256 ${fingerprint}`,
      'Compare `platen ca show` on the appliance itself. Nothing was sent.',
    )
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, certificate, { mode: 0o600 })
  trust(certificate)
}

/** Whoever answers is believed nothing: what comes counts by its fingerprint alone. */
async function fetchUnbelieved(url: string, signal: AbortSignal): Promise<string> {
  return await new Promise<string>((resolve, reject) => {
    request(url, { rejectUnauthorized: false, agent: false, signal }, (answer) => resolve(text(answer)))
      .once('error', (error) =>
        reject(refused(`no CA from ${url}: ${error.message}`, 'Is HTTPS on there? See `platen doctor`.', error)),
      )
      .end()
  })
}

function trust(pem: string): void {
  setDefaultCACertificates([...getCACertificates('default'), pem])
}

function refused(message: string, hint: string, cause?: unknown): AppError {
  return new AppError('CLI_CA_REFUSED', message, hint, { cause })
}
