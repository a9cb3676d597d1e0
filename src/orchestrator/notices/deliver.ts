// Hands one notice to one hook: over HTTP, to a mail server, to a program. Throws when it did not arrive; may be called again.
import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Hook, Notice } from '../../contract/notices.ts'
import { sendMail } from './mail.ts'
import { originatorAddress } from './make-notice.ts'

const TIMEOUT_MS = 30_000

/** Rejects when the hook did not take it. */
export type DeliverNotice = (hook: Hook, notice: Notice) => Promise<void>

export function deliver(hook: Hook, notice: Notice, hooksFolder: string): Promise<void> {
  switch (hook.kind) {
    case 'webhook':
      return callWebhook(hook, notice)
    case 'mail':
      return mail(hook, notice)
    case 'script':
      return runScript(join(hooksFolder, hook.script), notice)
  }
}

async function callWebhook({ url, secret }: Extract<Hook, { kind: 'webhook' }>, notice: Notice): Promise<void> {
  const body = JSON.stringify(notice)
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-platen-event': notice.event,
    'x-platen-delivery': notice.id,
  }
  if (secret !== undefined) headers['x-platen-signature'] = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) })
  await answer.body?.cancel()
  if (!answer.ok) throw new Error(`${new URL(url).host} answered ${answer.status}`)
}

const USUAL_PORTS = { none: 25, starttls: 587, tls: 465 } as const

function mail(hook: Extract<Hook, { kind: 'mail' }>, notice: Notice): Promise<void> {
  const { host, encryption = 'none', port = USUAL_PORTS[encryption], user, password = '', trusts, from, to, toOriginator } = hook
  const originator = toOriginator === true ? originatorAddress(notice) : undefined
  const recipients = [...new Set(originator === undefined ? to : [...to, originator])]
  const text = `${notice.summary}\n\n${JSON.stringify(notice.subject, undefined, 2)}\n`
  const message = { from, to: recipients, subject: `Platen: ${notice.summary}`, text, id: notice.id, at: notice.at }
  const server = {
    host,
    port,
    encryption,
    ...(user === undefined ? {} : { login: { user, password } }),
    ...(trusts === undefined ? {} : { trusts }),
    timeoutMs: TIMEOUT_MS,
  }
  return sendMail(server, message)
}

async function runScript(path: string, notice: Notice): Promise<void> {
  const { exitCode, stderr } = await execa(path, {
    input: JSON.stringify(notice),
    env: { PLATEN_EVENT: notice.event },
    timeout: TIMEOUT_MS,
    reject: false,
  })
  if (exitCode !== 0) throw new Error(`${path} ended with ${exitCode ?? 'no exit status'}: ${String(stderr).slice(-300)}`)
}
