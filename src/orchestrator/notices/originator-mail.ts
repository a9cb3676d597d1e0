// The mail server of the settings: whoever posted a job that nobody takes is told by it, without a hook. Reads the password when a mail is sent.
import { readFile } from 'node:fs/promises'
import type { Hook, Notice, NoticeEvent } from '../../contract/notices.ts'
import { deliver } from './deliver.ts'
import { originatorAddress } from './make-notice.ts'

/** Left out: as a hook of kind mail has it. */
export interface MailServer {
  readonly host?: string
  readonly port?: number
  readonly encryption?: 'none' | 'starttls' | 'tls'
  readonly user?: string
  readonly passwordFile?: string
  readonly from?: string
}

/** Of these an originator hears even where nobody made a hook. */
const EVENTS: readonly NoticeEvent[] = ['job.not-accepted']

/** By whom it is kept in the outbox; no hook is called like this. */
export const TO_ORIGINATOR = '_originator'

/** Whether the originator is told by the mail server itself: it is an address, and no hook does it. */
export function isForOriginator(notice: Notice, hooks: Iterable<Hook>): boolean {
  if (!EVENTS.includes(notice.event) || originatorAddress(notice) === undefined) return false
  return ![...hooks].some((hook) => hook.kind === 'mail' && hook.toOriginator === true && hook.events.includes(notice.event))
}

/** undefined: no mail server is set up. Its errors are those of a hook of kind mail. */
export function originatorMail(
  { host, from, passwordFile, port, encryption, user }: MailServer,
  send: (hook: Hook, notice: Notice) => Promise<void> = (hook, notice) => deliver(hook, notice, ''),
): ((notice: Notice) => Promise<void>) | undefined {
  if (host === undefined || from === undefined) return undefined
  return async (notice) => {
    const to = originatorAddress(notice)
    if (to === undefined) return
    const password = passwordFile === undefined ? undefined : (await readFile(passwordFile, 'utf8')).trim()
    const login = { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) }
    const server = {
      host,
      ...(port === undefined ? {} : { port }),
      ...(encryption === undefined ? {} : { encryption }),
      ...login,
    }
    await send({ kind: 'mail', events: [...EVENTS], ...server, from, to: [to] }, notice)
  }
}
