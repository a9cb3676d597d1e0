// The three ways out, each against something real on loopback: an HTTP server, a mail server, a program.
import { createHmac } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Hook, Notice } from '../../../src/contract/notices.ts'
import { deliver } from '../../../src/orchestrator/notices/deliver.ts'
import { FIXED_JOB } from '../../fakes/fixed-job.ts'
import { StateFolder } from '../../fakes/state-folder.ts'

const NOTICE: Notice = {
  id: 'n-1',
  event: 'job.failed',
  at: '2026-01-02T03:04:05.000Z',
  summary: 'it failed – twice',
  subject: FIXED_JOB,
}

async function listening<T extends net.Server>(server: T): Promise<{ server: T; port: number }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port }
}

describe('webhook', () => {
  it.each([204, 500])('signed; an answer of %i', async (status) => {
    const received: { body: string; signature: unknown }[] = []
    const { server, port } = await listening(
      createServer(async (request, answer) => {
        let body = ''
        for await (const part of request) body += part
        received.push({ body, signature: request.headers['x-platen-signature'] })
        answer.writeHead(status).end()
      }),
    )
    const sent = deliver(
      { kind: 'webhook', events: ['job.failed'], url: `http://127.0.0.1:${port}/x`, secret: 'very-secret' },
      NOTICE,
      '/',
    )
    if (status === 204) await sent
    else await expect(sent).rejects.toThrow(/answered 500/)
    const [{ body, signature } = { body: '', signature: '' }] = received
    expect(JSON.parse(body)).toEqual(NOTICE)
    expect(signature).toBe(`sha256=${createHmac('sha256', 'very-secret').update(body).digest('hex')}`)
    server.close()
  })
})

describe('mail', () => {
  /** Answers as a mail server; `refuses` is the word that it says no to. */
  function mailServer(refuses?: string) {
    const lines: string[] = []
    let isData = false
    const server = net.createServer((socket) => {
      socket.write('220 mail.example\r\n')
      socket.on('data', (part) => {
        for (const line of part
          .toString()
          .split('\r\n')
          .filter((each) => each !== '')) {
          lines.push(line)
          const word = line.split(' ')[0]!
          if (isData && line !== '.') continue
          if (line === '.') isData = false
          if (word === 'DATA') isData = true
          if (word === refuses) socket.write('550 not here\r\n')
          else socket.write(word === 'EHLO' ? '250-mail.example\r\n250 SIZE\r\n' : word === 'DATA' ? '354 go\r\n' : '250 ok\r\n')
        }
      })
      socket.on('error', () => undefined)
    })
    return { server, lines }
  }

  const hook = (port: number): Hook => ({
    kind: 'mail',
    events: ['job.failed'],
    host: '127.0.0.1',
    port,
    from: 'platen@site.example',
    to: ['ops@site.example'],
    toOriginator: true,
  })

  it('reaches those who are named, and who asked for the job', async () => {
    const { server, lines } = mailServer()
    const { port } = await listening(server)
    await deliver(hook(port), NOTICE, '/')
    expect(lines).toContain('RCPT TO:<ops@site.example>')
    expect(lines).toContain('RCPT TO:<builders@site.example>')
    expect(lines).toContain('To: ops@site.example, builders@site.example')
    expect(lines.find((line) => line.startsWith('Subject: '))).toBe('Subject: =?UTF-8?Q?Platen=3A_it_failed_=E2=80=93_twice?=')
    expect(lines.every((line) => line.length <= 998)).toBe(true)
    server.close()
  })

  it('a refusal is told in the words of the server', async () => {
    const { server } = mailServer('RCPT')
    const { port } = await listening(server)
    await expect(deliver(hook(port), NOTICE, '/')).rejects.toThrow('550 not here')
    server.close()
  })
})

describe('script', () => {
  it('reads the notice, knows the event; a failure carries its words', async () => {
    using folder = new StateFolder()
    const out = join(folder.path, 'out')
    const write = (text: string): void => {
      writeFileSync(join(folder.path, 'tell'), `#!/bin/sh\n${text}\n`)
      chmodSync(join(folder.path, 'tell'), 0o755)
    }
    const hook: Hook = { kind: 'script', events: ['job.failed'], script: 'tell' }
    write(`echo "$PLATEN_EVENT" >${out}; cat >>${out}`)
    await deliver(hook, NOTICE, folder.path)
    const [event, body = ''] = readFileSync(out, 'utf8').split('\n')
    expect(event).toBe('job.failed')
    expect(JSON.parse(body)).toEqual(NOTICE)
    write('echo no room >&2; exit 3')
    await expect(deliver(hook, NOTICE, folder.path)).rejects.toThrow(/ended with 3: no room/)
    await expect(deliver({ ...hook, script: 'gone' }, NOTICE, folder.path)).rejects.toThrow(/ended with/)
  })
})
