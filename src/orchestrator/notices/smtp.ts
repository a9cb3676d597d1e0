// Sends one plain mail to a mail server of the site (RFC 5321, RFC 5322): no encryption, no log-in. Touches the network.
import { once } from 'node:events'
import net from 'node:net'
import { hostname } from 'node:os'
import { createInterface } from 'node:readline'

interface MailServer {
  readonly host: string
  readonly port: number
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

/** Throws with the server's words when it refuses. */
export async function sendMail({ host, port, timeoutMs }: MailServer, mail: Mail): Promise<void> {
  const socket = net.connect({ host, port })
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`${host} did not answer for ${timeoutMs / 1000} s`)))
  try {
    await once(socket, 'connect')
    const answers = createInterface({ input: socket })[Symbol.asyncIterator]()
    const say = async (line: string | undefined, wanted: number): Promise<void> => {
      if (line !== undefined) socket.write(`${line}\r\n`)
      const answer = await readAnswer(answers)
      if (!answer.startsWith(String(wanted)))
        throw new Error(`${host} answered "${answer}" to ${line?.split(' ')[0] ?? 'the connection'}`)
    }
    await say(undefined, 220)
    await say(`EHLO ${hostname()}`, 250)
    await say(`MAIL FROM:<${mail.from}>`, 250)
    for (const to of mail.to) await say(`RCPT TO:<${to}>`, 250)
    await say('DATA', 354)
    await say(`${messageOf(mail)}\r\n.`, 250)
    socket.write('QUIT\r\n')
  } finally {
    socket.destroy()
  }
}

/** The last line of an answer: 250-… lines are followed by another one. */
async function readAnswer(lines: AsyncIterator<string>): Promise<string> {
  for (;;) {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the mail server closed the connection')
    if (!/^\d{3}-/.test(value)) return value
  }
}

export function messageOf({ from, to, subject, text, id, at }: Mail): string {
  const head = [
    `From: Platen <${from}>`,
    `To: ${to.join(', ')}`,
    `Subject: =?UTF-8?B?${Buffer.from(subject.slice(0, 150)).toString('base64')}?=`,
    `Date: ${new Date(at).toUTCString()}`,
    `Message-ID: <${id}@${hostname()}>`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
  ]
  // Base64 in lines of 76: no line is too long, none begins with a dot that would have to be doubled.
  const body = Buffer.from(text)
    .toString('base64')
    .replaceAll(/(.{76})/g, '$1\r\n')
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
