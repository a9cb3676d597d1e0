// The audit at a syslog server: what RFC 5424 asks of a message, whatever is in an entry, and a server that was away.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { readSyslogTarget, Syslog } from '../../src/access/audit/syslog.ts'
import { syslogLine, tcpBytes, udpBytes } from '../../src/access/audit/syslog-line.ts'
import type { AuditEntry } from '../../src/contract/audit.ts'
import { SYSTEM_CLOCK } from '../../src/store/index.ts'
import { SilentLog } from '../fakes/silent-log.ts'
import { TestClock } from '../fakes/test-clock.ts'

const ENTRY: AuditEntry = {
  number: 7,
  at: '2026-01-02T03:04:05.000Z',
  who: { name: 'ann', role: 'admin', by: 'login' },
  from: '10.77.0.9',
  did: 'cancelJob',
  about: { job: '42' },
  status: 200,
}
/** Section 6: PRI, version, time, host, program, process, message id, structured data, text. */
const MESSAGE =
  /^<(\d{1,3})>1 (\S+) ([\x21-\x7e]{1,255}) platen - ([\x21-\x7e]{1,32}) (\[platen@32473(?: [\x21-\x7e]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*\]) \ufeff([^\n\r\0]*)$/

describe('a message', () => {
  it('is what RFC 5424 says', () => {
    expect(syslogLine(ENTRY, 'rack1')).toBe(
      '<109>1 2026-01-02T03:04:05.000Z rack1 platen - cancelJob [platen@32473 number="7" who="ann" role="admin" by="login" from="10.77.0.9" did="cancelJob" status="200" about-job="42"] \ufeffann from 10.77.0.9: cancelJob, 200',
    )
  })

  it('of a refused try is graver, and names no one', () => {
    const { who: _, ...stranger } = ENTRY
    const line = syslogLine({ ...stranger, status: 401, code: 'REQUEST_NOT_AUTHORISED' }, 'rack1')
    expect(line).toMatch(/^<108>1 .* code="REQUEST_NOT_AUTHORISED" .*a stranger from/)
  })

  it('stays one message, whatever names people chose', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, node) => {
        const line = syslogLine({ ...ENTRY, who: { ...ENTRY.who!, name }, about: { node, [name]: 'x' } }, name)
        expect(line).toMatch(MESSAGE)
        const framed = tcpBytes(line)
        expect(framed.toString()).toBe(`${Buffer.byteLength(line)} ${line}`)
      }),
    )
  })

  it('is cut for a datagram between two characters', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 }), (shift) => {
        const bytes = udpBytes(`${'a'.repeat(shift)}${'ü€'.repeat(1000)}`)
        expect(bytes.length).toBeLessThanOrEqual(2048)
        expect(bytes.toString()).not.toContain('\ufffd')
      }),
    )
  })
})

it.each([
  ['udp://10.77.0.5', { transport: 'udp', host: '10.77.0.5', port: 514 }],
  ['tcp://log.example:6514', { transport: 'tcp', host: 'log.example', port: 6514 }],
  ['tcp://[fd00::5]:514', { transport: 'tcp', host: 'fd00::5', port: 514 }],
  ['http://10.77.0.5', undefined],
  ['udp://10.77.0.5:70000', undefined],
  ['udp://', undefined],
])('reads %s', (text, target) => {
  expect(readSyslogTarget(text)).toEqual(target)
})

describe('a server', () => {
  it('gets a datagram for each entry', async () => {
    const server = createSocket('udp4')
    server.bind(0, '127.0.0.1')
    await once(server, 'listening')
    const syslog = new Syslog(
      { transport: 'udp', host: '127.0.0.1', port: server.address().port },
      { clock: SYSTEM_CLOCK, log: new SilentLog() },
    )
    const arrives = once(server, 'message')
    syslog.send(ENTRY)
    const [bytes] = (await arrives) as [Buffer]
    expect(bytes.toString()).toMatch(MESSAGE)
    syslog.close()
    server.close()
  })

  it('that was away gets all that waited, in order, and the doctor says meanwhile that it is away', async () => {
    const clock = new TestClock()
    const heard: string[] = []
    const sockets: Socket[] = []
    const open = async (port: number) => {
      const server = createServer((socket) => {
        sockets.push(socket)
        socket.on('data', (bytes) => void heard.push(bytes.toString()))
      }).listen(port, '127.0.0.1')
      await once(server, 'listening')
      return server
    }
    const first = await open(0)
    const { port } = first.address() as AddressInfo
    first.close()
    const syslog = new Syslog({ transport: 'tcp', host: '127.0.0.1', port }, { clock, log: new SilentLog() })
    for (let number = 1; number <= 3; number++) syslog.send({ ...ENTRY, number })
    await vi.waitFor(() =>
      expect(syslog.diagnose()).toMatchObject([{ severity: 'problem', seen: expect.stringContaining('3 wait') }]),
    )
    const second = await open(port)
    await vi.waitFor(() => {
      clock.advance(5000)
      expect(heard.join('').match(/number="\d+"/g)).toEqual(['number="1"', 'number="2"', 'number="3"'])
    })
    await vi.waitFor(() => expect(syslog.diagnose()).toEqual([]))
    syslog.close()
    for (const socket of sockets) socket.destroy()
    second.close()
  })

  it('that never comes costs no more memory than ten thousand entries', () => {
    const syslog = new Syslog({ transport: 'tcp', host: '127.0.0.1', port: 1 }, { clock: new TestClock(), log: new SilentLog() })
    for (let number = 1; number <= 10_050; number++) syslog.send({ ...ENTRY, number })
    return vi
      .waitFor(() => expect(syslog.diagnose()).toMatchObject([{ seen: expect.stringMatching(/10000 wait, 50 were given up/) }]))
      .finally(() => syslog.close())
  })
})
