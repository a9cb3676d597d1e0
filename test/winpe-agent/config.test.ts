import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agentConfig, parseCommandLine } from '../../src/winpe-agent/config.ts'

const NOTHING_MORE = { credential: undefined, appliances: [], directories: [], waitSeconds: undefined }
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
      features: [],
      restartsWhenIdle: false,
      ...NOTHING_MORE,
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
    expect(
      agentConfig('platen.url=http://a/ platen.token=t BOOTIF=eth0 platen.config=release,debug platen.features=web,db,Bad!'),
    ).toEqual({
      applianceUrl: 'http://a',
      token: 't',
      bootMac: undefined,
      configTypes: ['release', 'debug'],
      features: ['web', 'db'],
      restartsWhenIdle: false,
      ...NOTHING_MORE,
    })
  })
})

describe("an agent's own configuration", () => {
  const own = {
    id: 'a',
    waitSeconds: 20,
    configTypes: ['debug'],
    appliances: [{ name: 'b', url: 'http://b:8080', credential: 'a-secret-of-appliance-b' }],
  }

  it('adds to what the kernel command line says', () => {
    expect(agentConfig(`${WORDS} platen.config=release,debug platen.directory=http://d:8080,http://e:8080`, own)).toMatchObject({
      applianceUrl: 'http://10.77.0.1:8080',
      token: 'abc.def=',
      appliances: own.appliances,
      directories: ['http://d:8080', 'http://e:8080'],
      configTypes: ['release', 'debug'],
      waitSeconds: 20,
    })
  })

  it('is enough by itself: the first of its appliances is home', () => {
    expect(agentConfig('quiet', own)).toMatchObject({
      applianceUrl: 'http://b:8080',
      token: undefined,
      credential: 'a-secret-of-appliance-b',
    })
  })

  it('is not when it names nobody, or when the command line says half of it', () => {
    expect(() => agentConfig('quiet', { ...own, appliances: [] })).toThrow(/lacks platen.url/)
    expect(() => agentConfig('platen.url=http://a', own)).toThrow(/lacks platen.token/)
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
