import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../src/contract/errors.ts'
import { CommandLine } from '../fakes/command-line.ts'
import { JOB } from '../fakes/operator-views.ts'

let cli: CommandLine
beforeEach(() => {
  cli = new CommandLine()
})

describe('job add', () => {
  it('sends only what was said, in the words of the contract', async () => {
    await cli.run('job add deploy --node n-1 --image tiny-linux --version 1 --priority -5 --disk-serial D7 --erase-foreign-data')
    expect(cli.api.added).toEqual([
      {
        kind: 'deploy',
        node: 'n-1',
        image: 'tiny-linux',
        version: 1,
        priority: -5,
        disk: { serial: 'D7' },
        eraseForeignData: true,
      },
    ])
  })

  it('collects variables, with equals signs in their values', async () => {
    await cli.run('job add build --profile p --var version=2 --var args=a=b')
    expect(cli.api.added[0]).toMatchObject({ variables: { version: '2', args: 'a=b' } })
  })

  it('tells what a machine must have, and what comes first', async () => {
    await cli.run(
      'job add build --profile p --need-class lab --need-tag ssd --need-firmware uefi --after j-1 --held --title nightly',
    )
    expect(cli.api.added[0]).toEqual({
      kind: 'build',
      profile: 'p',
      needs: { nodeClass: 'lab', tags: ['ssd'], firmware: 'uefi' },
      after: ['j-1'],
      held: true,
      title: 'nightly',
    })
  })

  it.each([
    { line: '--personalise', personalise: {} },
    { line: '--hostname web', personalise: { hostname: 'web' } },
    { line: '--no-personalise', personalise: false },
    { line: '', personalise: undefined },
  ])('says what the copy gets of its own: $line', async ({ line, personalise }) => {
    await cli.run(`job add deploy --node n-1 --image tiny-linux ${line}`.trim())
    expect(cli.api.added[0]).toEqual({ kind: 'deploy', node: 'n-1', image: 'tiny-linux', personalise })
  })

  it.each([
    { line: 'deploy --verify quick', says: { kind: 'deploy', verify: 'quick' } },
    { line: 'deploy --verify full', says: { kind: 'deploy', verify: 'full' } },
    { line: 'capture --include-broken', says: { kind: 'capture', includeBroken: true } },
    { line: 'capture --include-unknown', says: { kind: 'capture', includeUnknown: true } },
    { line: 'deploy --keep-sizes', says: { kind: 'deploy', keepSizes: true } },
  ])('says how careful it is: $line', async ({ line, says }) => {
    await cli.run(`job add ${line} --node n-1 --image tiny-linux`)
    expect(cli.api.added).toEqual([{ node: 'n-1', image: 'tiny-linux', ...says }])
  })

  it('knows no other depth of a check', async () => {
    expect(await cli.run('job add deploy --node n-1 --image tiny-linux --verify twice')).toBe(ERROR_CODES.CLI_USAGE.exit)
    expect(cli.out.errorText).toContain('--verify')
  })

  it('cannot say yes and no', async () => {
    expect(await cli.run('job add deploy --hostname web --no-personalise')).toBe(ERROR_CODES.CLI_USAGE.exit)
  })

  const running = {
    ...JOB,
    state: 'running' as const,
    nodeName: 'a',
    status: { ...JOB.status, majorState: 'capture', minorState: 'reading /dev/vda2', percent: 40 },
  }

  it('waits, shows progress, and ends well when the job does', async () => {
    cli.api.jobLooks = [JOB, running, { ...running, state: 'succeeded' }]
    expect(await cli.run('job add build --profile tiny-linux --wait')).toBe(0)
    expect(cli.out.updates.map(({ percent, text }) => [percent, text])).toContainEqual([40, 'a: capture: reading /dev/vda2'])
    expect(cli.out.text).toContain('succeeded')
  })

  it('says that the job goes on when somebody stops waiting', async () => {
    const stop = new AbortController()
    cli.api.job = async () => {
      stop.abort()
      return running
    }
    const sleep = async () => stop.signal.throwIfAborted()
    await expect(cli.run('job add build --wait', { signal: stop.signal, sleep })).rejects.toThrow()
    expect(cli.out.errorText).toContain(`job ${JOB.id} goes on`)
  })

  it('ends with a code of its own when the job failed, and shows why', async () => {
    const failure = { code: 'AGENT_SCRIPT_FAILED', message: 'make.sh ended with 3', hint: 'Read the log.' }
    cli.api.jobLooks = [{ ...running, state: 'failed', failure }]
    expect(await cli.run('job add build --profile tiny-linux --wait')).toBe(ERROR_CODES.CLI_JOB_NOT_SUCCEEDED.exit)
    expect(cli.out.text).toContain('AGENT_SCRIPT_FAILED: make.sh ended with 3')
    expect(cli.out.errorText).toContain(`platen job log ${JOB.id}`)
  })
})

describe('job log', () => {
  it('reads all pages', async () => {
    cli.api.logNow = ['one', 'two', 'three']
    expect(await cli.run(`job log ${JOB.id}`)).toBe(0)
    expect(cli.out.printed).toEqual(['one', 'two', 'three'])
  })

  it('follows until the job has ended, and misses no line that came before the end', async () => {
    cli.api.jobLooks = [
      { ...JOB, state: 'running' },
      { ...JOB, state: 'succeeded' },
    ]
    const look = cli.api.job.bind(cli.api)
    cli.api.job = async () => {
      const job = await look()
      cli.api.logNow.push(`written while ${job.state}`)
      return job
    }
    expect(await cli.run(`job log ${JOB.id} --follow`)).toBe(0)
    expect(cli.out.printed).toEqual(['written while running', 'written while succeeded'])
  })
})

describe('schedule set', () => {
  it('posts what the file says, and the defaults of a job', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'platen-schedule-'))
    try {
      writeFileSync(join(folder, 'nightly.yaml'), 'cron: 30 2 * * 1-5\njob: { kind: build, profile: web }\n')
      expect(await cli.run(`schedule set nightly ${folder}/nightly.yaml`)).toBe(0)
    } finally {
      rmSync(folder, { recursive: true })
    }
    expect(cli.api.asked).toMatchObject([
      ['nightly', { cron: '30 2 * * 1-5', job: { kind: 'build', profile: 'web', maxAttempts: 3 } }],
    ])
    expect(cli.out.text).toContain('nightly comes next at')
  })
})
