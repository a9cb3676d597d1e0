import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agentConfig, parseCommandLine } from '../../src/winpe-agent/config.ts'

const WORDS = 'platen.url=http://10.77.0.1:8080 platen.token=abc.def='

describe('agentConfig', () => {
  it.each([
    { name: 'iPXE writes colons', bootif: 'BOOTIF=52:54:00:AB:34:56' },
    { name: 'PXELINUX writes the hardware type and dashes', bootif: 'BOOTIF=01-52-54-00-ab-34-56' },
  ])('$name', ({ bootif }) => {
    expect(agentConfig(`initrd=initrd.img console=ttyS0,115200 ${WORDS} ${bootif}\n`)).toEqual({
      applianceUrl: 'http://10.77.0.1:8080',
      token: 'abc.def=',
      bootMac: '52:54:00:ab:34:56',
      configTypes: [],
      restartsWhenIdle: false,
    })
  })

  it.each([
    { line: 'quiet', lacks: /platen.url=.* and platen.token=/ },
    { line: 'platen.url=ftp://10.0.0.1 platen.token=a', lacks: /lacks platen.url=/ },
    { line: 'platen.url=http://10.0.0.1', lacks: /lacks platen.token=/ },
  ])('says what "$line" lacks', ({ line, lacks }) => {
    expect(() => agentConfig(line)).toThrow(lacks)
  })

  it('leaves out a BOOTIF that is no address, and the slash after the URL', () => {
    expect(agentConfig('platen.url=http://a/ platen.token=t BOOTIF=eth0 platen.config=release,debug')).toEqual({
      applianceUrl: 'http://a',
      token: 't',
      bootMac: undefined,
      configTypes: ['release', 'debug'],
      restartsWhenIdle: false,
    })
  })
})

describe('parseCommandLine', () => {
  it('keeps quoted spaces, and the last of equal words', () => {
    expect([...parseCommandLine('a=1 b="x y" "c=z w" a=2 quiet')]).toEqual([
      ['a', '2'],
      ['b', 'x y'],
      ['c', 'z w'],
      ['quiet', ''],
    ])
  })

  it('takes any text', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseCommandLine(text)))
  })
})
