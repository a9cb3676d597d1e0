// Which certificates HTTPS shows: this appliance's own, for every name and address that it has, and the site's to whoever asks by a name of it.
// Looks at the network's addresses and the site's files now and then.
import type { CaView } from '../../contract/certificates.ts'
import { certificatesIn, fingerprintOf } from '../../contract/certificates.ts'
import type { Finding } from '../../contract/doctor.ts'
import { type Clock, instantOf, type Log } from '../../store/index.ts'
import type { Authority } from './authority.ts'
import { type SiteCertificateFiles, SiteCertificateReader } from './site-certificate.ts'
import type { CertifiedKey } from './x509.ts'

const DAY_MS = 86_400_000
/** With so much of its life left it is made anew. */
const RENEWED_DAYS = 30
const SITE_WARNING_DAYS = 21
const ROOT_WARNING_DAYS = 180
const LOOK_MS = 10_000

export interface ServerCertificatesDeps {
  readonly authority: Authority
  /** Left out: the site brings none. */
  readonly siteFiles?: SiteCertificateFiles | undefined
  /** Names and addresses of this appliance, as they are now. */
  names(): readonly string[]
  readonly clock: Clock
  readonly log: Log
}

export class ServerCertificates {
  readonly #deps: ServerCertificatesDeps
  readonly #site: SiteCertificateReader | undefined
  #own: (CertifiedKey & { readonly names: readonly string[]; readonly root: string; readonly validUntil: number }) | undefined
  #onChange: () => void = () => {}
  #callOff: () => void = () => {}
  #isStopped = false
  /** Where HTTPS listens now. */
  port: number | undefined

  constructor(deps: ServerCertificatesDeps) {
    this.#deps = deps
    this.#site = deps.siteFiles && new SiteCertificateReader(deps.siteFiles)
  }

  /** Returns when there is one to show; looks again now and then until stop(). */
  async start(onChange: () => void): Promise<void> {
    this.#onChange = onChange
    await this.refresh()
    this.#lookAgain()
  }

  stop(): void {
    this.#isStopped = true
    this.#callOff()
  }

  get own(): CertifiedKey {
    if (this.#own === undefined) throw new Error('no certificate before start()')
    return this.#own
  }

  get caFingerprint(): string {
    return this.#deps.authority.fingerprint
  }

  /** The site's, when the name that is asked for is one of its own. */
  forName(name: string): CertifiedKey | undefined {
    const site = this.#site?.current
    return site?.x509.checkHost(name) === undefined ? undefined : site
  }

  async refresh(): Promise<void> {
    const { clock, log } = this.#deps
    const hadProblem = this.#site?.problem
    const hasSiteChanged = (await this.#site?.refresh(clock.now())) ?? false
    if (this.#site?.problem !== undefined && this.#site.problem !== hadProblem)
      log.warn({ code: 'CERTIFICATE_UNUSABLE' }, `${this.#site.problem}; what was shown before stays`)
    if (hasSiteChanged) log.info({ file: this.#site?.files.certificate }, 'HTTPS shows a new certificate of the site')
    const hasOwnChanged = await this.#renewOwn()
    if (hasSiteChanged || hasOwnChanged) this.#onChange()
  }

  view(): CaView {
    const { authority } = this.#deps
    return {
      certificate: authority.certificate,
      fingerprint: authority.fingerprint,
      validUntil: instantOf(authority.validUntil),
      before: authority.before().map(({ certificate, followedUntil }) => {
        const [x509] = certificatesIn(certificate)
        return { ...knownOf(x509!), followedUntil: instantOf(followedUntil) }
      }),
      ...this.#shown(),
    }
  }

  #shown(): Pick<CaView, 'server'> {
    if (this.port === undefined || this.#own === undefined) return {}
    const [own] = certificatesIn(this.#own.certificate)
    const server = { port: this.port, ...knownOf(own!), names: [...this.#own.names] }
    const site = this.#site?.current
    if (site === undefined || this.#site === undefined) return { server }
    return {
      server: { ...server, ofSite: { ...knownOf(site.x509), names: namesIn(site.x509), file: this.#site.files.certificate } },
    }
  }

  diagnose(): readonly Finding[] {
    return [...this.#siteFindings(), ...this.#rootFindings()]
  }

  #siteFindings(): readonly Finding[] {
    if (this.#site === undefined) return []
    const { files, problem, current } = this.#site
    const subject = files.certificate
    if (problem !== undefined) {
      const shown = current === undefined ? "the appliance's own certificate is shown instead" : 'the one before is still shown'
      return [
        {
          severity: 'problem',
          subject,
          seen: `${problem}; ${shown}`,
          advice: 'Put a good pair there: it is taken within seconds',
        },
      ]
    }
    const until = Date.parse(current?.x509.validTo ?? '')
    const days = Math.floor((until - this.#deps.clock.now()) / DAY_MS)
    if (days >= SITE_WARNING_DAYS) return []
    const seen =
      days < 0 ? 'the certificate of the site is no longer valid' : `the certificate of the site is valid for ${days} more days`
    return [{ severity: 'problem', subject, seen, advice: 'Renew it and put it there: it is taken within seconds' }]
  }

  #rootFindings(): readonly Finding[] {
    const { authority, clock } = this.#deps
    const days = Math.floor((authority.validUntil - clock.now()) / DAY_MS)
    if (days >= ROOT_WARNING_DAYS) return []
    const seen = `the CA of this appliance is valid for ${Math.max(0, days)} more days`
    return [{ severity: 'problem', subject: 'CA', seen, advice: 'Make the next one: platen ca rotate --overlap-days 60' }]
  }

  #lookAgain(): void {
    if (this.#isStopped) return
    this.#callOff = this.#deps.clock.after(LOOK_MS, () => {
      void this.refresh()
        .catch((error: Error) => this.#deps.log.error({ err: error }, 'the certificates could not be looked at'))
        .finally(() => this.#lookAgain())
    })
  }

  async #renewOwn(): Promise<boolean> {
    const { authority, clock, log } = this.#deps
    const names = [...new Set(this.#deps.names())].sort()
    const isGood =
      this.#own !== undefined &&
      this.#own.root === authority.fingerprint &&
      this.#own.names.join() === names.join() &&
      this.#own.validUntil - clock.now() > RENEWED_DAYS * DAY_MS
    if (isGood) return false
    const root = authority.fingerprint
    const issued = await authority.issue(names)
    const validUntil = Date.parse(certificatesIn(issued.certificate)[0]!.validTo)
    this.#own = { ...issued, names, root, validUntil }
    log.info({ names }, 'HTTPS shows a new certificate of its own')
    return true
  }
}

const knownOf = (x509: ReturnType<typeof certificatesIn>[number]) => ({
  fingerprint: fingerprintOf(x509),
  validUntil: instantOf(Date.parse(x509.validTo)),
})

function namesIn({ subjectAltName = '' }: ReturnType<typeof certificatesIn>[number]): string[] {
  return subjectAltName.split(', ').map((each) => each.replace(/^(DNS|IP Address):/, ''))
}
