// The console's search, without a machine.
import { describe, expect, it } from 'vitest'
import { SerialConsole } from './serial-console.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

describe('SerialConsole', () => {
  it('finds what was said before and what comes later, each line once', async () => {
    const console = new SerialConsole('node-a')
    console.push(bytes('login: '))
    await console.waitFor(/login:/, 1000)
    const second = console.waitFor(/login: (\w+)/, 1000)
    console.push(bytes('\r\nlogin: root\r\n'))
    expect((await second)[1]).toBe('root')
  })

  it.each([['\x1b[0;36miPXE\x1b[0m'], ['\x1b[2J\x1b(BiPXE'], ['i\x1b[01;01HPXE']])(
    'sees through escape sequences, however cut: %j',
    (text) => {
      for (let cut = 0; cut <= text.length; cut++) {
        const console = new SerialConsole('node-a')
        console.push(bytes(text.slice(0, cut)))
        console.push(bytes(text.slice(cut)))
        expect(console.text).toBe('iPXE')
      }
    },
  )

  it('tells what the machine said last when it does not say what was awaited', async () => {
    const console = new SerialConsole('node-a')
    console.push(bytes('Boot failed: not a bootable disk\n'))
    await expect(console.waitFor(/version 1/, 5)).rejects.toThrowError(/node-a did not say .*version 1.*not a bootable disk/s)
  })

  it('does not wait for a machine that lost its power', async () => {
    const console = new SerialConsole('node-a')
    const waiting = console.waitFor(/version 1/, 60_000)
    console.close('its power went off (0)')
    await expect(waiting).rejects.toThrowError(/its power went off/)
  })

  it('forgets what was said before the last power-on', () => {
    const console = new SerialConsole('node-a')
    console.push(bytes('version 1\n'))
    console.reopen()
    expect(console.saw(/version 1/)).toBe(false)
  })
})
