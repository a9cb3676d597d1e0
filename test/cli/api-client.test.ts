import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApiClient } from '../../src/cli/api-client.ts'
import { JOB, NODE } from '../fakes/operator-views.ts'

let dir: string
let tokenFile: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'platen-client-'))
  tokenFile = join(dir, 'token')
  writeFileSync(tokenFile, 'secret-word\n')
})
afterEach(() => rmSync(dir, { recursive: true }))

interface Seen {
  url: string
  method: string | undefined
  headers: Record<string, string>
  body: unknown
}

function clientThatGets(answer: () => Response, seen: Seen[] = []) {
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const body = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
    seen.push({ url: String(url), method: init?.method, headers: init?.headers as Record<string, string>, body })
    return answer()
  }
  return createApiClient({ url: 'http://10.77.0.1:8080/', tokenFile, signal: new AbortController().signal, fetch })
}

describe('createApiClient', () => {
  it('asks with the token of the file, and escapes what becomes part of the path', async () => {
    const seen: Seen[] = []
    await clientThatGets(() => Response.json(NODE), seen).node('a/b')
    expect(seen[0]).toMatchObject({
      url: 'http://10.77.0.1:8080/api/v1/nodes/a%2Fb',
      method: 'GET',
      headers: { authorization: 'Bearer secret-word' },
    })
  })

  it('sends JSON without what was left out', async () => {
    const seen: Seen[] = []
    await clientThatGets(() => Response.json(JOB), seen).addJob({ kind: 'build', profile: 'p', node: undefined })
    expect(seen[0]).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/json' } })
    expect(seen[0]?.body).toEqual({ kind: 'build', profile: 'p' })
  })

  it.each([
    {
      name: 'the refusal of the appliance',
      answer: () => Response.json({ code: 'NODE_NOT_FOUND', message: 'no node x', hint: 'List them.' }, { status: 404 }),
      want: { code: 'NODE_NOT_FOUND', message: 'no node x', hint: 'List them.' },
    },
    {
      name: 'a refusal in a code that it does not know',
      answer: () => Response.json({ code: 'toString', message: '', hint: '' }, { status: 500 }),
      want: { code: 'CLI_APPLIANCE_UNREACHABLE' },
    },
    {
      name: 'a web server that is no appliance',
      answer: () => new Response('<html>', { status: 200 }),
      want: { code: 'CLI_APPLIANCE_UNREACHABLE', message: expect.stringContaining('does not understand') },
    },
    {
      name: 'nobody there',
      answer: () => {
        throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 10.77.0.1:8080') })
      },
      want: { code: 'CLI_APPLIANCE_UNREACHABLE', message: expect.stringContaining('ECONNREFUSED') },
    },
  ])('turns $name into an error with a hint', async ({ answer, want }) => {
    await expect(clientThatGets(answer).nodes()).rejects.toMatchObject(want)
  })

  it('says where the token is expected when there is none', async () => {
    rmSync(tokenFile)
    await expect(clientThatGets(() => Response.json({})).nodes()).rejects.toMatchObject({
      code: 'CLI_TOKEN_UNREADABLE',
      message: expect.stringContaining(tokenFile),
    })
  })
})
