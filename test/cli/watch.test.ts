// Lists that go on, and the live fleet: what they print when the appliance tells of something, and when the line breaks.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createOutput } from '../../src/cli/output.ts'
import { topScreen } from '../../src/cli/top-screen.ts'
import { CommandLine } from '../fakes/command-line.ts'
import { AT, JOB, NODE } from '../fakes/operator-views.ts'

let cli: CommandLine
let stop: AbortController
let done: Promise<unknown>
beforeEach(() => {
  cli = new CommandLine()
  stop = new AbortController()
})
afterEach(async () => {
  stop.abort()
  await done
})

/** Until it waits to be told. */
async function begin(line: string): Promise<void> {
  const ended = cli.run(line, { signal: stop.signal })
  done = ended.catch((error: unknown) => error)
  await settled()
  expect(cli.api.watchers).toHaveLength(1)
}

/** Everything that follows of what was done has happened: nothing of it waits for a clock. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

async function happens(what: 'onEvent' | 'onMissed' | 'open' | 'waiting'): Promise<void> {
  const [watcher] = cli.api.watchers
  if (what === 'onEvent') watcher!.onEvent({ type: 'node.changed', node: NODE })
  else if (what === 'onMissed') watcher!.onMissed()
  else watcher!.onState(what)
  await settled()
}

const second = { ...NODE, id: 'n-2', name: 'rack1-08', state: 'held' as const }

describe('--watch', () => {
  it('prints the list, and then what changes', async () => {
    await begin('node list --watch')
    expect(cli.out.text.split('\n')).toHaveLength(2)
    cli.api.nodesNow = [NODE, second]
    await happens('onEvent')
    expect(cli.out.printed.slice(1)).toEqual([expect.stringMatching(/^rack1-08 {2}held /)])
    await happens('onEvent')
    expect(cli.out.printed).toHaveLength(2)
    cli.api.nodesNow = [second]
    await happens('onEvent')
    expect(cli.out.errorText).toBe('rack1-07 is not in node list any more')
  })

  it('asks for the events that change the list', async () => {
    await begin('job list --watch')
    expect(cli.api.asked).toContainEqual(['events', 'job.*'])
  })

  it('tells only of what changed, not of how long ago it was', async () => {
    await begin('node list --watch')
    cli.api.nodesNow = [{ ...NODE, lastSeenAt: new Date().toISOString() }]
    await happens('onEvent')
    expect(cli.out.printed).toHaveLength(1)
  })

  it('prints one thing a line as JSON', async () => {
    await begin('node list --watch --json')
    cli.api.nodesNow = [NODE, second]
    await happens('onEvent')
    expect(cli.out.printed.map((line) => JSON.parse(line).name)).toEqual(['rack1-07', 'rack1-08'])
  })

  it('comes back after a lost connection, and shows what happened meanwhile', async () => {
    await begin('node list --watch')
    await happens('open')
    await happens('waiting')
    cli.api.nodesNow = [NODE, second]
    await happens('waiting')
    expect(cli.out.printed).toHaveLength(1)
    await happens('open')
    expect(cli.out.errors).toEqual(['the connection is lost; it is tried again', 'the connection is back'])
    expect(cli.out.printed).toHaveLength(2)
  })

  it('ends with the person', async () => {
    await begin('node list --watch')
    stop.abort()
    expect(await done).toMatchObject({ name: 'AbortError' })
    expect(cli.api.watchers).toEqual([])
  })
})

describe('top', () => {
  it('draws again when something happens, on a terminal', async () => {
    cli.out.screens = []
    await begin('top')
    expect(cli.out.screens).toHaveLength(1)
    cli.api.nodesNow = [NODE, second]
    await happens('onEvent')
    expect(cli.out.screens.at(-1)).toContainEqual(expect.stringContaining('rack1-08  held'))
    await happens('waiting')
    expect(cli.out.screens.at(-1)![0]).toContain('the connection is lost')
    expect(cli.out.printed).toEqual([])
  })

  it('prints it once where there is no terminal', async () => {
    done = cli.run('top')
    expect(await done).toBe(0)
    expect(cli.out.text).toContain('nodes: 1')
    expect(cli.api.watchers).toEqual([])
  })

  it.each([
    {
      name: 'a job at work',
      job: {
        ...JOB,
        state: 'running' as const,
        status: { ...JOB.status, majorState: 'deploy', minorState: 'writing', percent: 50 },
      },
      want: /########\.\.\.\.\.\.\.\. {2}50 %.*deploy: writing/,
    },
    {
      name: 'a job that waits',
      job: { ...JOB, state: 'queued' as const, notOffered: 'held: later' },
      want: /QUEUE.*held: later/,
    },
  ])('shows $name', ({ job, want }) => {
    const lines = topScreen(
      { nodes: [NODE], jobs: [job], findings: [] },
      'platen',
      { columns: 120, rows: undefined },
      Date.parse(AT),
    )
    expect(lines.join(' ')).toMatch(want)
  })

  it('fits the screen, and counts what does not', () => {
    const nodes = Array.from({ length: 60 }, (_, index) => ({ ...second, name: `rack1-${index}`, holdReason: 'x'.repeat(200) }))
    const lines = topScreen({ nodes, jobs: [], findings: [] }, 'platen', { columns: 40, rows: 10 }, Date.parse(AT))
    expect(lines).toHaveLength(10)
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(40)
    expect(lines.at(-1)).toBe('… 56 more lines')
  })

  it('gives the terminal back', () => {
    const written: string[] = []
    const stdout = { isTTY: true, columns: 20, rows: 5, write: (text: string | Uint8Array) => written.push(String(text)) }
    const screen = createOutput(stdout, stdout).openScreen()!
    screen.draw(['a', 'b'])
    screen.close()
    expect(written[0]).toBe('\u001b[?1049h\u001b[?25l')
    expect(written[1]).toBe('\u001b[Ha\u001b[K\r\nb\u001b[K\u001b[J')
    expect(written[2]).toBe('\u001b[?25h\u001b[?1049l')
  })
})
