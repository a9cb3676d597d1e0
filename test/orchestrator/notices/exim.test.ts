// Mail through a real server: Debian's Exim with a certificate of its own and a log-in, on loopback.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Mail, type MailServer, sendMail } from '../../../src/orchestrator/notices/mail.ts'
import { freePort } from '../../fakes/free-port.ts'
import { StateFolder } from '../../fakes/state-folder.ts'

const folder = new StateFolder()
const mailbox = join(folder.path, 'box', 'mail')
let exim: ChildProcess
let port = 0

const configOf = (at: string) => `primary_hostname = mail.example
daemon_smtp_ports = ${port}
local_interfaces = 127.0.0.1
spool_directory = ${at}/spool
log_file_path = ${at}/log/%slog
tls_advertise_hosts = *
tls_certificate = ${at}/cert.pem
tls_privatekey = ${at}/key.pem
auth_advertise_hosts = \${if def:tls_in_cipher {*}{}}
acl_smtp_rcpt = acl_rcpt
begin acl
acl_rcpt:
  deny condition = \${if eq{$local_part}{nobody}}
       message = no such person
  accept authenticated = *
  deny message = log in first
begin routers
keep:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  file = ${mailbox}
  user = Debian-exim
  group = Debian-exim
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and {{eq{$auth2}{platen}}{eq{$auth3}{a secret}}}}
  server_set_id = $auth2
`

beforeAll(async () => {
  const at = folder.path
  chmodSync(at, 0o755)
  for (const name of ['spool', 'log', 'box']) {
    mkdirSync(join(at, name))
    chmodSync(join(at, name), 0o777)
  }
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const files = ['-keyout', join(at, 'key.pem'), '-out', join(at, 'cert.pem')]
  await execa('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...files, ...names])
  chmodSync(join(at, 'key.pem'), 0o644)
  port = await freePort()
  writeFileSync(join(at, 'conf'), configOf(at))
  exim = spawn('/usr/sbin/exim4', ['-bdf', '-C', join(at, 'conf')], { stdio: 'ignore' })
  await vi.waitFor(async () => expect(await isOpen(port)).toBe(true), { timeout: 20_000 })
})

afterAll(async () => {
  const ended = once(exim, 'exit')
  exim.kill('SIGKILL')
  await ended
  folder[Symbol.dispose]()
})

async function isOpen(at: number): Promise<boolean> {
  const socket = net.connect({ host: '127.0.0.1', port: at })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

const mail: Mail = {
  from: 'platen@site.example',
  to: ['ops@site.example'],
  subject: 'Platen: it failed – twice',
  text: 'first\n.\nlast',
  id: 'n-1',
  at: '2026-01-02T03:04:05.000Z',
}
const login = { user: 'platen', password: 'a secret' }
const server = (change: Partial<MailServer> = {}): MailServer => ({
  host: 'localhost',
  port,
  encryption: 'starttls',
  trusts: readFileSync(join(folder.path, 'cert.pem'), 'utf8'),
  login,
  timeoutMs: 20_000,
  ...change,
})

it('arrives whole, by STARTTLS and with a log-in', async () => {
  await sendMail(server(), mail)
  await expect.poll(() => textOf(mailbox), { timeout: 20_000 }).toContain('first\n.\nlast')
  const text = textOf(mailbox)
  expect(text).toMatch(/^Message-ID: <n-1@/m)
  expect(text).toMatch(/^Date: Fri, 0?2 Jan 2026 03:04:05 (?:\+0000|GMT)/m)
  expect(text).toMatch(/with esmtpsa/)
})

it('one person whom the server does not know holds up nobody else', async () => {
  await sendMail(server(), { ...mail, id: 'n-2', to: ['nobody@site.example', 'ops@site.example'] })
  await expect.poll(() => textOf(mailbox), { timeout: 20_000 }).toContain('<n-2@')
})

it.each([
  ['a wrong password', () => server({ login: { ...login, password: 'wrong' } }), /535 Incorrect authentication data/],
  ['no log-in', () => ({ ...server(), login: undefined }) as unknown as MailServer, /550 log in first/],
  [
    'a certificate that nobody trusts',
    () => ({ ...server(), trusts: undefined }) as unknown as MailServer,
    /self-signed certificate/,
  ],
  ['a name that is not in the certificate', () => server({ host: '127.0.0.1' }), /altnames|does not match/],
])('%s is told in the words of the server', async (_name, at, words) => {
  await expect(sendMail(at(), mail)).rejects.toThrow(words)
})

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
