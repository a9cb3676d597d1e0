// The site's own certificate for people's names of the appliance: two files that the site keeps, read again when they change. Touches them.
import { createPrivateKey, type X509Certificate } from 'node:crypto'
import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { certificatesIn } from '../../contract/certificates.ts'
import type { CertifiedKey } from './x509.ts'

export interface SiteCertificateFiles {
  /** PEM: the certificate, then those between it and its CA. */
  readonly certificate: string
  /** PEM, without a passphrase. */
  readonly key: string
}

export interface SiteCertificate extends CertifiedKey {
  readonly x509: X509Certificate
}

export class SiteCertificateReader {
  readonly files: SiteCertificateFiles
  /** The last one that was good. */
  current: SiteCertificate | undefined
  /** What is wrong with the files as they are now. */
  problem: string | undefined
  #seen = ''

  constructor(files: SiteCertificateFiles) {
    this.files = files
  }

  /** Reads the files when they changed. What cannot be used leaves the one before in force. True: there is another one now. */
  async refresh(nowMs: number): Promise<boolean> {
    const seen = [this.files.certificate, this.files.key].map(marks).join()
    if (seen === this.#seen) return false
    const read = await this.#read(nowMs)
    this.#seen = seen
    this.problem = typeof read === 'string' ? read : undefined
    if (typeof read === 'string') return false
    this.current = read
    return true
  }

  async #read(nowMs: number): Promise<SiteCertificate | string> {
    const texts: string[] = []
    for (const file of [this.files.certificate, this.files.key]) {
      const text = await readFile(file, 'utf8').catch((error: Error) => error)
      if (text instanceof Error) return `${file} cannot be read (${text.message})`
      texts.push(text)
    }
    return checkPair(texts as [string, string], this.files, nowMs)
  }
}

/** Or why it is none, in words. Pure. */
export function checkPair(
  [certificate, key]: readonly [string, string],
  files: SiteCertificateFiles,
  nowMs: number,
): SiteCertificate | string {
  const [x509] = certificatesIn(certificate)
  if (x509 === undefined) return `${files.certificate} holds no certificate in PEM`
  try {
    if (!x509.checkPrivateKey(createPrivateKey(key))) return `${files.key} is not the key of ${files.certificate}`
  } catch (error) {
    return `${files.key} holds no private key in PEM that can be read without a passphrase (${(error as Error).message})`
  }
  if (Date.parse(x509.validTo) <= nowMs) return `${files.certificate} was valid until ${x509.validTo}`
  if (Date.parse(x509.validFrom) > nowMs) return `${files.certificate} is not valid before ${x509.validFrom}`
  return { certificate, key, x509 }
}

function marks(file: string): string {
  const { ino, size, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { ino: 0, size: 0, mtimeMs: 0 }
  return `${ino} ${size} ${mtimeMs}`
}
