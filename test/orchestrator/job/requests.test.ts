// What is asked in a wrong way, over the HTTP API: refused by name.
import { describe, expect, it } from 'vitest'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

describe('requests', () => {
  it.each([
    {
      name: 'an unknown profile',
      body: { kind: 'build', profile: 'nope' },
      status: 404,
      code: 'PROFILE_NOT_FOUND',
      says: 'nope',
    },
    ...['constructor', 'toString', 'hasOwnProperty'].map((variable) => ({
      name: `a variable that every object has: ${variable}`,
      body: { kind: 'build', profile: 'tiny', variables: { [variable]: 'x' } },
      status: 422,
      code: 'JOB_REQUEST_INVALID',
      says: variable,
    })),
    { name: 'no profile', body: { kind: 'build' }, status: 422, code: 'JOB_REQUEST_INVALID', says: 'needs profile' },
    {
      name: 'an unknown image',
      body: { kind: 'deploy', node: 'node-1', image: 'nope' },
      status: 404,
      code: 'IMAGE_NOT_FOUND',
      says: 'nope',
    },
    {
      name: 'an unknown node',
      body: { kind: 'deploy', node: 'node-9', image: 'x' },
      status: 404,
      code: 'NODE_NOT_FOUND',
      says: 'node-9',
    },
    {
      name: 'an unknown key',
      body: { kind: 'build', profil: 'tiny' },
      status: 400,
      code: 'REQUEST_INVALID',
      says: 'did you mean "profile"',
    },
    {
      name: 'a wrong kind',
      body: { kind: 'bild' },
      status: 400,
      code: 'REQUEST_INVALID',
      says: 'kind: must be one of build, capture, deploy',
    },
    {
      name: 'an unknown variable',
      body: { kind: 'build', profile: 'tiny', variables: { x: '1' } },
      status: 422,
      code: 'JOB_REQUEST_INVALID',
      says: '"x"',
    },
  ])('$name is refused by name', async ({ body, status, code, says }) => {
    await using scene = await OrchestratorScene.open()
    await scene.approved(1)
    expect(await scene.operator('POST', '/jobs', body)).toMatchObject({
      status,
      body: { code, message: expect.stringContaining(says) },
    })
  })

  it('without the right token nothing is answered', async () => {
    await using scene = await OrchestratorScene.open()
    expect((await scene.app.inject('/api/v1/nodes')).json()).toMatchObject({ code: 'REQUEST_NOT_AUTHORISED' })
    expect(await scene.agent('x.y.z', '/claim', { waitSeconds: 0 })).toMatchObject({
      status: 401,
      body: { code: 'AGENT_TOKEN_REFUSED' },
    })
  })
})
