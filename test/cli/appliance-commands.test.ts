// Commands about other appliances, agent credentials and the older XML.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AppError, ERROR_CODES } from '../../src/contract/errors.ts'
import { CommandLine } from '../fakes/command-line.ts'
import { SECRET } from '../fakes/fixed-appliance-api.ts'
import { JOB, PROFILE } from '../fakes/operator-views.ts'

let cli: CommandLine
let folder: string
beforeEach(() => {
  cli = new CommandLine()
  folder = mkdtempSync(join(tmpdir(), 'platen-commands-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe('appliances and credentials', () => {
  it.each([
    { line: 'appliance list', says: ['rack2', 'http://10.78.0.1:8080', 'up', 'yes'] },
    { line: 'appliance remove rack2', says: ['rack2 is not listed'] },
    {
      line: 'appliance add d http://10.79.0.1:8080/ --directory',
      says: ['d is listed at http://10.79.0.1:8080, without a credential'],
    },
    { line: 'agent-credential list', says: ['from-rack2', '2026-01-02'] },
    { line: 'agent-credential remove from-rack2', says: ['refused from now on'] },
    { line: 'agent-credential add from-rack1', says: [SECRET] },
  ])('$line', async ({ line, says }) => {
    expect(await cli.run(line)).toBe(0)
    for (const words of says) expect(cli.out.text).toContain(words)
  })

  it('reads the credential of an appliance from a file', async () => {
    expect(await cli.run(`appliance add rack3 http://10.80.0.1:8080 --credential-file ${file('secret', `${SECRET}\n`)}`)).toBe(0)
    expect(cli.api.applianceAsks).toEqual([['rack3', { url: 'http://10.80.0.1:8080', credential: SECRET }]])
  })

  it("writes an agent's configuration for its owner alone", async () => {
    const output = join(folder, 'agent.xml')
    expect(await cli.run(`agent-config export rack1-07 --wait 20 --output ${output}`)).toBe(0)
    const text = readFileSync(output, 'utf8')
    for (const words of ['BUILDCLIENT ID="rack1-07"', '<WAITTIME>20</WAITTIME>', `<PASSWORD>${SECRET}</PASSWORD>`])
      expect(text).toContain(words)
    expect(statSync(output).mode & 0o077).toBe(0)
  })
})

const list = (...jobs: string[]) => `<SERVER>
<BUILDNUMBER>4.2 (rc 1)</BUILDNUMBER>
<JOBS>
${jobs.join('\n')}
</JOBS></SERVER>`

describe('job import', () => {
  const good = list(
    '<JOB ID="1"><TITLE>Tiny</TITLE><CONFIGTYPE>release</CONFIGTYPE><INSTALLSCRIPT>\\\\build\\scripts\\Tiny-Linux.cmd</INSTALLSCRIPT><TIMEOUT>3600</TIMEOUT></JOB>',
    '<JOB ID="2"><INSTALLSCRIPT>setup.cmd</INSTALLSCRIPT><IMAGESCRIPT>tiny-linux.cmd</IMAGESCRIPT></JOB>',
  )

  it('posts all jobs on hold, then offers them', async () => {
    const status = await cli.run(`job import ${file('relbuild.xml', good)} --map setup.cmd=tiny-linux`)
    expect([status, cli.out.text]).toMatchObject([0, expect.stringContaining('IN THE LIST')])
    expect(cli.api.added).toMatchObject([
      {
        kind: 'build',
        profile: 'tiny-linux',
        title: 'Tiny',
        externalId: '1',
        batch: '4.2-rc-1',
        needs: { configType: 'release' },
        completeTimeoutSeconds: 3600,
        held: true,
      },
      { kind: 'build', profile: 'tiny-linux', title: '2', held: true },
    ])
    expect(cli.api.asked.filter(([, change]) => change === 'resume')).toHaveLength(2)
  })

  it.each([
    { name: 'a folder of the path', install: '\\\\builds\\release\\Tiny-Linux\\install.cmd' },
    { name: 'the last folder before an earlier one', install: '/broken/tiny-linux/setup.sh' },
    { name: 'the file before its folders', install: 'broken/tiny-linux.cmd' },
    {
      name: 'a path for the image that means nothing here, as the way in which the older system took it',
      install: 'tiny-linux',
      image: '\\\\builds\\tools\\ghost.cmd',
    },
  ])('means a profile by $name', async ({ install, image }) => {
    cli.api.profilesNow = [PROFILE, { ...PROFILE, name: 'broken' }]
    const script = image === undefined ? '' : `<IMAGESCRIPT>${image}</IMAGESCRIPT>`
    const path = file('relbuild.xml', list(`<JOB ID="1"><INSTALLSCRIPT>${install}</INSTALLSCRIPT>${script}</JOB>`))
    expect(await cli.run(`job import ${path}`)).toBe(0)
    expect(cli.api.added).toMatchObject([{ profile: 'tiny-linux' }])
  })

  it("keeps the list's title, time and log file with its jobs", async () => {
    const head = '<TITLE>Release</TITLE><BUILDTIME>20021016:18:01:00</BUILDTIME><LOGFILE>\\\\builds\\log\\relbuild.log</LOGFILE>'
    const text = `<SERVER>${head}<JOBS><JOB ID="1"><INSTALLSCRIPT>tiny-linux</INSTALLSCRIPT></JOB></JOBS></SERVER>`
    expect(await cli.run(`job import ${file('relbuild.xml', text)}`)).toBe(0)
    const importedFrom = { title: 'Release', builtAt: '2002-10-16T18:01:00.000Z', logFile: '\\\\builds\\log\\relbuild.log' }
    expect(cli.api.added).toMatchObject([{ importedFrom }])
  })

  it('waits for nothing when the list is empty', async () => {
    expect(await cli.run(`job import ${file('relbuild.xml', list())} --wait`)).toBe(0)
    expect(cli.out.text).toContain('has no jobs')
    expect(cli.out.updates).toEqual([])
  })

  it('names every script that means nothing, with file and line, and posts nothing', async () => {
    const path = file('relbuild.xml', list('<JOB ID="1"><INSTALLSCRIPT>tiny-linus.cmd</INSTALLSCRIPT></JOB>', '<JOB ID="2"/>'))
    expect(await cli.run(`job import ${path}`)).toBe(ERROR_CODES.JOB_LIST_INVALID.exit)
    expect(cli.out.errorText).toContain(
      `${path}, line 4: INSTALLSCRIPT "tiny-linus.cmd" means the profile tiny-linus, which is not there; the nearest one is tiny-linux`,
    )
    expect(cli.out.errorText).toContain(`${path}, line 5: the job 2 has neither INSTALLSCRIPT nor IMAGESCRIPT`)
    expect(cli.api.added).toEqual([])
  })

  it.each([
    {
      name: 'an image script of something else',
      job: '<INSTALLSCRIPT>tiny-linux</INSTALLSCRIPT><IMAGESCRIPT>other.cmd</IMAGESCRIPT>',
      says: 'IMAGESCRIPT "other.cmd" means neither the profile tiny-linux nor its image tiny-linux',
    },
    {
      name: 'a profile with a mistake',
      job: '<IMAGESCRIPT>broken.cmd</IMAGESCRIPT>',
      says: 'the profile broken, which has a mistake: no capture',
    },
  ])('refuses $name', async ({ job, says }) => {
    const { revision: _, ...broken } = PROFILE
    cli.api.profilesNow = [PROFILE, { ...broken, name: 'broken', problems: [{ file: 'profile.yaml', reason: 'no capture' }] }]
    const path = file('relbuild.xml', list(`<JOB ID="1">${job}</JOB>`))
    expect(await cli.run(`job import ${path}`)).toBe(ERROR_CODES.JOB_LIST_INVALID.exit)
    expect(cli.out.errorText).toContain(says)
    expect(cli.api.added).toEqual([])
  })

  it('cancels those before one that is refused', async () => {
    const add = cli.api.addJob.bind(cli.api)
    cli.api.addJob = async (job) => {
      if (job.externalId === '2') throw new AppError('JOB_REQUEST_INVALID', 'no room', '')
      return add(job)
    }
    expect(await cli.run(`job import ${file('relbuild.xml', good)} --map setup.cmd=tiny-linux`)).toBe(
      ERROR_CODES.JOB_REQUEST_INVALID.exit,
    )
    expect(cli.api.cancelled).toMatchObject([{ id: JOB.id }])
    expect(cli.api.asked.filter(([, change]) => change === 'resume')).toEqual([])
  })
})
