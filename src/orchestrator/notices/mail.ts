// Sends one plain mail by a mail server. nodemailer speaks SMTP, STARTTLS and log-in; this file says what it is asked. Touches the network.
import { hostname } from 'node:os'
import { createTransport } from 'nodemailer'

export interface MailServer {
  readonly host: string
  readonly port: number
  /** starttls: the connection is refused when the server does not offer it. tls: from the first byte (port 465). */
  readonly encryption: 'none' | 'starttls' | 'tls'
  readonly login?: { readonly user: string; readonly password: string }
  /** The certificate of a site's own authority, PEM. Left out: those that the system trusts. */
  readonly trusts?: string
  readonly timeoutMs: number
}

export interface Mail {
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly id: string
  readonly at: string
}

const SUBJECT_LENGTH = 150

/** Throws with the server's words when it takes the mail for none of the recipients. One that it refuses alone does not hold up the others: a second try would reach them twice. */
export async function sendMail({ host, port, encryption, login, trusts, timeoutMs }: MailServer, mail: Mail): Promise<void> {
  const transport = createTransport({
    host,
    port,
    secure: encryption === 'tls',
    requireTLS: encryption === 'starttls',
    ignoreTLS: encryption === 'none',
    ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password } }),
    ...(trusts === undefined ? {} : { tls: { ca: trusts } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // A notice never names a file or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    await transport.sendMail({
      from: { name: 'Platen', address: mail.from },
      to: [...mail.to],
      subject: mail.subject.slice(0, SUBJECT_LENGTH),
      text: mail.text,
      date: new Date(mail.at),
      messageId: `<${mail.id}@${hostname()}>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
  } finally {
    transport.close()
  }
}
