// HTTPS as a part of the appliance: where it listens, what machines are told of it, and what is wrong with it.
import type { FastifyInstance } from 'fastify'
import type { ServerCertificates } from '../access/index.ts'
import { CA_WORD } from '../contract/certificates.ts'
import type { Finding } from '../contract/doctor.ts'
import { AppError } from '../contract/errors.ts'
import type { Log } from '../store/index.ts'
import { createHttpsServer, type HttpsServer } from './http/https-server.ts'
import type { ApplianceConfig } from './resolve.ts'

/** Where nobody said one. */
const USUAL_PORT = 8443

export class HttpsPart {
  readonly #server: HttpsServer
  readonly #certificates: ServerCertificates
  readonly #config: ApplianceConfig
  readonly #log: Log

  constructor(app: FastifyInstance, certificates: ServerCertificates, config: ApplianceConfig, log: Log) {
    this.#server = createHttpsServer(app, certificates)
    this.#certificates = certificates
    this.#config = config
    this.#log = log
  }

  async start(): Promise<void> {
    const { https, http } = this.#config
    if (!https.isOn) return
    const port = https.port ?? USUAL_PORT
    try {
      await this.#server.listen(https.listen, port)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      const where = `TCP port ${port} of ${https.listen}`
      const hint = `See who holds it with \`ss -ltnp 'sport = :${port}'\`, take another (--https-port 8444), or do without: https.isOn: false.`
      const failure = new AppError('APPLIANCE_PORT_TAKEN', `${where} cannot be opened for HTTPS: ${message}`, hint, {
        cause: error,
      })
      // Another program of this machine may have had it for years; the machines here have to boot all the same.
      if (https.port !== undefined || http.serves === 'boot' || code !== 'EADDRINUSE') throw failure
      this.#log.warn({ code: failure.code }, `${failure.message}. ${hint}`)
    }
  }

  async stop(graceMs: number): Promise<void> {
    await this.#server.close(graceMs)
  }

  /** By the fingerprint an agent knows the CA, which it then fetches from wherever it can. */
  bootWords(): readonly string[] {
    const { port } = this.#certificates
    if (port === undefined || !this.#config.https.forAgents) return []
    return [`${CA_WORD}=${this.#certificates.caFingerprint}@${port}`]
  }

  diagnose(): readonly Finding[] {
    const { https } = this.#config
    if (!https.isOn) return []
    if (this.#certificates.port !== undefined) return this.#certificates.diagnose()
    const seen = `there is none: another program has port ${https.port ?? USUAL_PORT}, so agents and people speak without encryption`
    return [
      {
        severity: 'problem',
        subject: 'HTTPS',
        seen,
        advice: 'Take another port (https.port: 8444) and start the appliance again',
      },
    ]
  }
}
