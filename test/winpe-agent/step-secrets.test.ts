// Secrets in the agent's hands: what a step prints, says and throws has none of them, however its output was cut.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/contract/errors.ts'
import { maskOf } from '../../src/contract/secrets.ts'
import type { SetupStep } from '../../src/contract/steps.ts'
import type { StepContext } from '../../src/winpe-agent/performer.ts'
import { withSecrets } from '../../src/winpe-agent/steps/secrets.ts'
import { lineSplitter } from '../../src/winpe-agent/tools/line-splitter.ts'

const SECRET = 'correct horse battery staple'
const step: SetupStep = { kind: 'setup', timeoutSeconds: 1, actions: [], variables: {}, secrets: ['mirror-key'] }

function scene() {
  const lines: string[] = []
  const states: string[] = []
  const asked: unknown[] = []
  const context = {
    jobId: 'j',
    leaseId: 'l',
    steps: [{ kind: 'format' }, step],
    signal: new AbortController().signal,
    log: (line: string) => void lines.push(line),
    progress: ({ minorState }: { minorState: string }) => void states.push(minorState),
    client: {
      async post(path: string, body: unknown) {
        asked.push([path, body])
        return { secrets: { 'mirror-key': SECRET } }
      },
    },
  } as unknown as StepContext
  return { lines, states, asked, context }
}

describe('withSecrets', () => {
  it('asks for those of its own step, and gives them to scripts', async () => {
    const { asked, context } = scene()
    const given = await withSecrets(step, context, async ({ environment }) => environment)
    expect(given).toEqual({ PLATEN_SECRET_MIRROR_KEY: SECRET })
    expect(asked).toEqual([['/jobs/j/secrets', { leaseId: 'l', step: 1 }]])
  })

  it('asks for nothing when the step names none', async () => {
    const { asked, context } = scene()
    const { secrets: _none, ...plain } = step
    expect(await withSecrets(plain, context, async ({ environment }) => environment)).toEqual({})
    expect(asked).toEqual([])
  })

  it.each([
    {
      name: 'an AppError',
      error: new AppError('AGENT_SCRIPT_FAILED', `it said ${SECRET}`, `try ${SECRET}`, { cause: new Error(SECRET) }),
    },
    { name: 'any error', error: new Error(`${SECRET} was refused`) },
    { name: 'a text', error: SECRET },
  ])('throws $name without the secret', async ({ error }) => {
    const failed = withSecrets(step, scene().context, async () => Promise.reject(error))
    const thrown = (await failed.catch((each: unknown) => each)) as Error & { hint?: string; cause?: unknown }
    expect([thrown.message, thrown.stack, thrown.hint, thrown.cause].join('\n')).not.toContain(SECRET)
    expect(thrown.message).toContain('•••')
  })

  it('shows no secret in output that came in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 60 }), { maxLength: 8 }), fc.string(), async (cuts, noise) => {
        const { lines, states, context } = scene()
        await withSecrets(step, context, async (given) => {
          const splitter = lineSplitter(given.context.log)
          const bytes = Buffer.from(`${noise}${SECRET}\nkey=${SECRET}\r${Buffer.from(SECRET).toString('base64')}`)
          const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
          for (const [index, from] of at.entries()) splitter.push(bytes.subarray(from, at[index + 1]))
          splitter.end()
          given.context.progress({ minorState: `uses ${SECRET}`, percent: 1, transfer: {} })
        })
        expect([...lines, ...states].join('\n')).not.toContain(SECRET)
        expect(lines.join('\n')).not.toContain(Buffer.from(SECRET).toString('base64'))
        expect(states).toEqual(['uses •••'])
      }),
    )
  })
})

describe('maskOf', () => {
  it.each([
    {
      name: 'each line of a key of several',
      secrets: ['first line\nsecond line\n'],
      text: 'only second line here',
      want: 'only ••• here',
    },
    {
      name: 'the longer of two first',
      secrets: ['password', 'password-and-more'],
      text: 'password-and-more password',
      want: '••• •••',
    },
    {
      name: 'as an address spells it',
      secrets: ['a key/with?signs'],
      text: 'http://h/?k=a%20key%2Fwith%3Fsigns',
      want: 'http://h/?k=•••',
    },
    { name: 'nothing without secrets', secrets: [], text: 'plain', want: 'plain' },
  ])('takes out $name', ({ secrets, text, want }) => {
    expect(maskOf(secrets)(text)).toBe(want)
  })
})
