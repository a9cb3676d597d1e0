// The three files of the older XML: golden files both ways, round trips, and what is said against mistakes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBuildClient, writeBuildClient } from '../../../src/contract/xml/build-client.ts'
import { formatFieldTime, parseFieldTime } from '../../../src/contract/xml/field-time.ts'
import { readJobList, writeJobList } from '../../../src/contract/xml/job-list.ts'
import { readWorkerStatus, writeJobStatus } from '../../../src/contract/xml/job-status.ts'

const golden = (name: string) => readFileSync(join(import.meta.dirname, 'golden', name), 'utf8')
const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 &<>"'._:/\\-]{0,20}[A-Za-z0-9]$/)
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined })
const instant = fc
  .integer({ min: 0, max: Date.parse('2099-12-31T23:59:59Z') / 1000 })
  .map((seconds) => new Date(seconds * 1000).toISOString())

describe('times', () => {
  it('look like 20021016:18:01:00', () => {
    expect(formatFieldTime('2002-10-16T18:01:00.000Z')).toBe('20021016:18:01:00')
    expect(parseFieldTime('20021016:18:01:00')).toBe('2002-10-16T18:01:00.000Z')
  })

  it.each(['', '2002-10-16T18:01:00Z', '20020230:00:00:00', '20021016:24:00:00', '20021016:18:01', '20021316:18:01:00'])(
    '%s is none',
    (text) => expect(parseFieldTime(text)).toBeUndefined(),
  )

  it('are read as they were written', () => {
    fc.assert(fc.property(instant, (at) => void expect(parseFieldTime(formatFieldTime(at))).toBe(at)))
  })
})

const LIST = {
  buildTime: '2002-10-16T18:01:00.000Z',
  buildNumber: '4.2.1177',
  logFile: 'relbuild.log',
  title: 'Release 4.2 <candidate> & tools',
  jobs: [
    {
      id: 'web-release',
      title: 'Web server',
      configType: 'release',
      installScript: 'tiny.cmd',
      imageScript: 'image\\tiny.cmd',
      timeoutSeconds: 7200,
    },
    { id: 'db-debug', configType: 'debug', installScript: 'scripts/database.sh' },
  ],
}

describe('a job list', () => {
  it('is written as the golden file, and read from it', () => {
    expect(writeJobList(LIST)).toBe(golden('relbuild.xml'))
    const read = readJobList(golden('relbuild.xml'), 'relbuild.xml')
    expect(read).toMatchObject(LIST)
    expect(read.jobs.map(({ line, lineOf }) => [line, lineOf.installScript, lineOf.timeout])).toEqual([
      [8, 11, 13],
      [15, 17, 15],
    ])
  })

  it('is also read with attributes, in any case, in any order', () => {
    const text = '<server title="T"><jobs><job id="1" installscript="a"><timeout> 60 </timeout></job></jobs></server>'
    expect(readJobList(text, 'a.xml')).toMatchObject({ title: 'T', jobs: [{ id: '1', installScript: 'a', timeoutSeconds: 60 }] })
  })

  it('is read as it was written', () => {
    const job = fc.record({
      id: word,
      title: optional(word),
      configType: optional(word),
      installScript: optional(word),
      imageScript: optional(word),
      timeoutSeconds: optional(fc.integer({ min: 1, max: 30 * 86_400 })),
    })
    const list = fc.record({
      buildTime: optional(instant),
      buildNumber: optional(word),
      logFile: optional(word),
      title: optional(word),
      jobs: fc.uniqueArray(job, { selector: ({ id }) => id }),
    })
    fc.assert(
      fc.property(list, (one) => {
        const { jobs, ...rest } = readJobList(writeJobList(one), 'a.xml')
        expect({ ...rest, jobs: jobs.map(({ line: _, lineOf: __, ...job }) => job) }).toEqual(one)
      }),
    )
  })

  it.each([
    { name: 'another element', text: '<CLIENT/>', reason: 'a.xml, line 1: the element is CLIENT, not SERVER' },
    { name: 'a job without an id', text: '<SERVER><JOBS>\n<JOB/></JOBS></SERVER>', reason: 'a.xml, line 2: JOB has no ID' },
    {
      name: 'one id twice',
      text: '<SERVER><JOBS><JOB ID="1"/>\n<JOB ID="1"/></JOBS></SERVER>',
      reason: 'line 2: the job 1 is in the list twice; it was in line 1',
    },
    {
      name: 'a timeout in words',
      text: '<SERVER><JOBS><JOB ID="1">\n\n<TIMEOUT>long</TIMEOUT></JOB></JOBS></SERVER>',
      reason: 'line 3: TIMEOUT is "long"',
    },
    {
      name: 'another time',
      text: '<SERVER>\n<BUILDTIME>yesterday</BUILDTIME></SERVER>',
      reason: 'line 2: BUILDTIME is "yesterday"',
    },
    { name: 'a title twice', text: '<SERVER><TITLE>a</TITLE><TITLE>b</TITLE></SERVER>', reason: '2 times TITLE' },
  ])('with $name is refused', ({ text, reason }) => {
    expect(() => readJobList(text, 'a.xml')).toThrow(reason)
  })
})

describe("an agent's configuration", () => {
  const CLIENT = {
    id: 'rack1-07',
    waitSeconds: 30,
    configTypes: ['release', 'debug'],
    appliances: [
      { name: 'from-rack1', url: 'http://10.77.0.1:8080', credential: 'a secret of the first'.replaceAll(' ', '-') },
      { name: 'from-rack1', url: 'https://builds.example', credential: 'a secret of the second'.replaceAll(' ', '-') },
    ],
  }

  it('is written as the golden file, and read from it', () => {
    expect(writeBuildClient(CLIENT)).toBe(golden('client.xml'))
    expect(readBuildClient(golden('client.xml'), 'client.xml')).toEqual(CLIENT)
  })

  it('takes the appliance before the address of its job list, and the wait as it is given', () => {
    const text =
      '<BUILDCLIENT ID="a"><WAITTIME>600</WAITTIME><REDIRECTS><REDIRECT><CONFIGLOC>http://b:8080/relbuild.xml</CONFIGLOC></REDIRECT></REDIRECTS></BUILDCLIENT>'
    expect(readBuildClient(text, 'a.xml')).toEqual({
      id: 'a',
      waitSeconds: 600,
      configTypes: [],
      appliances: [{ name: 'http://b:8080/relbuild.xml', url: 'http://b:8080' }],
    })
  })

  it.each([
    { text: '<BUILDCLIENT/>', reason: 'BUILDCLIENT has no ID' },
    {
      text: '<BUILDCLIENT ID="a"><REDIRECTS>\n<REDIRECT/></REDIRECTS></BUILDCLIENT>',
      reason: 'line 2: REDIRECT has no CONFIGLOC',
    },
    {
      text: '<BUILDCLIENT ID="a"><REDIRECTS><REDIRECT><CONFIGLOC>\\\\server\\share</CONFIGLOC></REDIRECT></REDIRECTS></BUILDCLIENT>',
      reason: 'write http://server:8080/relbuild.xml',
    },
    {
      text: '<BUILDCLIENT ID="a"><REDIRECTS><REDIRECT><CONFIGLOC>file://builds/share/relbuild.xml</CONFIGLOC></REDIRECT></REDIRECTS></BUILDCLIENT>',
      reason: 'write http://builds:8080/relbuild.xml',
    },
    {
      text: '<BUILDCLIENT ID="a"><REDIRECTS><REDIRECT><CONFIGLOC>relbuild.xml</CONFIGLOC></REDIRECT></REDIRECTS></BUILDCLIENT>',
      reason: 'not the address of an appliance like http://10.77.0.1:8080',
    },
  ])('is refused: $reason', ({ text, reason }) => {
    expect(() => readBuildClient(text, 'a.xml')).toThrow(reason)
  })

  it('is read as it was written', () => {
    const token = fc.stringMatching(/^[!-~]{16,40}$/)
    const appliance = fc.record({ name: word, url: fc.nat(254).map((n) => `http://10.0.0.${n}:8080`), credential: token })
    const client = fc.record({
      id: word,
      waitSeconds: fc.integer({ min: 0, max: 86_400 }),
      configTypes: fc.array(fc.stringMatching(/^[a-z]{1,8}$/)),
      appliances: fc.array(appliance),
    })
    fc.assert(fc.property(client, (one) => void expect(readBuildClient(writeBuildClient(one), 'a.xml')).toEqual(one)))
  })
})

describe('a job status', () => {
  it('is written as the golden file', () => {
    const status = {
      clientId: 'rack1-07',
      startedAt: '2002-10-16T18:01:00.000Z',
      completedAt: '2002-10-16T19:30:05.000Z',
      state: 'failed' as const,
      minorState: 'the script "finish.sh" ended with 1 & more',
    }
    expect(writeJobStatus(status)).toBe(golden('status.xml'))
  })

  it('leaves out what is not known yet', () => {
    expect(writeJobStatus({ state: 'queued', minorState: 'waits for a node' })).not.toMatch(/CLIENTID|TIME|PERCENT/)
  })

  const said = (inside: string) => readWorkerStatus(`<JOBSTATUS><CLIENTID>w1</CLIENTID>${inside}</JOBSTATUS>`, 'x.xml')
  const state = (inside: string) => said(`<CLIENTSTATUS>${inside}</CLIENTSTATUS>`)

  it.each([
    ['nothing but who it is', said(''), { majorState: 'INPROGRESS', minorState: '' }],
    ['a step of its own', state('<MAJORSTATE>Installing</MAJORSTATE>'), { majorState: 'INPROGRESS' }],
    ['the end, in any case', state('<majorstate>finished</majorstate>'), { majorState: 'FINISHED' }],
    ['percent and time left', state('<PERCENT>41.5 %</PERCENT><TIMELEFT>90</TIMELEFT>'), { percent: 41.5, secondsLeft: 90 }],
    ['a clock', state('<TIMELEFT>1:02:03</TIMELEFT>'), { secondsLeft: 3723 }],
  ])('of a worker: %s', (_name, status, want) => {
    expect(status).toMatchObject({ clientId: 'w1', ...want })
  })

  it.each([
    ['<JOBSTATUS/>', 'JOBSTATUS has no CLIENTID'],
    ['<JOBSTATUS><CLIENTID>a/b</CLIENTID></JOBSTATUS>', 'CLIENTID is a name'],
    ['<JOBSTATUS><CLIENTID>a</CLIENTID><CLIENTSTATUS><PERCENT>101</PERCENT></CLIENTSTATUS></JOBSTATUS>', 'PERCENT is "101"'],
    ['<JOBSTATUS><CLIENTID>a</CLIENTID><CLIENTSTATUS><TIMELEFT>soon</TIMELEFT></CLIENTSTATUS></JOBSTATUS>', 'TIMELEFT is "soon"'],
  ])('of a worker, refused: %s', (text, reason) => {
    expect(() => readWorkerStatus(text, 'x.xml')).toThrow(reason)
  })
})
