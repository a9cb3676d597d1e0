import { describe, expect, it } from 'vitest'
import type { JobRequest } from '../../../src/contract/job.ts'
import { type PinDesk, pinRequest } from '../../../src/orchestrator/job/pin.ts'

const desk = {
  node: () => ({ id: 'n-1', name: 'rack1-07', state: 'approved' }),
  image: () => ({ imageName: 'debian', version: 3, manifestDigest: 'ab'.repeat(32) }),
} as unknown as PinDesk

const post = (request: Partial<JobRequest>) => pinRequest({ node: 'rack1-07', image: 'debian', ...request } as JobRequest, desk)

describe('a job', () => {
  it.each<Partial<JobRequest>>([
    { kind: 'deploy', keepSizes: true, newGuids: true, discard: false, personalise: {}, moreDisks: [{ serial: 'b' }] },
    { kind: 'capture', grow: 'root', moreDisks: [{ serial: 'b' }] },
  ])('takes what is for its kind: %j', (request) => {
    expect(post(request)).toMatchObject({ nodeId: 'n-1', imageName: 'debian' })
  })

  it.each<[Partial<JobRequest>, RegExp]>([
    [{ kind: 'deploy', grow: 'root' }, /a deploy job takes no grow/],
    [{ kind: 'capture', personalise: {} }, /a capture job takes no personalise/],
    [{ kind: 'capture', keepSizes: true }, /a capture job takes no keepSizes/],
    [{ kind: 'capture', newGuids: true }, /a capture job takes no newGuids/],
  ])('refuses what would be passed over: %j', (request, says) => {
    expect(() => post(request)).toThrow(says)
  })
})
