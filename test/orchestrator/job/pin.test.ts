import { describe, expect, it } from 'vitest'
import type { JobRequest } from '../../../src/contract/job.ts'
import type { PersonaliseWish } from '../../../src/contract/personalise.ts'
import { type PinDesk, pinRequest } from '../../../src/orchestrator/job/pin.ts'
import { isWriting } from '../../../src/orchestrator/job/record.ts'

interface Said {
  readonly job?: PersonaliseWish
  readonly nodeClass?: PersonaliseWish
  readonly profile?: PersonaliseWish
}

const deskWith = ({ nodeClass, profile }: Said, secureBoot = 'off') =>
  ({
    node: () => ({ id: 'n-1', name: 'rack1-07', state: 'approved', inventory: { secureBoot } }),
    image: () => ({ imageName: 'debian', version: 3, manifestDigest: 'ab'.repeat(32), personalise: profile }),
    personaliseOf: () => nodeClass,
    configurationOf: () => [],
  }) as unknown as PinDesk

const post = (request: Partial<JobRequest>, said: Said = {}) =>
  pinRequest({ node: 'rack1-07', image: 'debian', ...request } as JobRequest, deskWith(said))

describe('a job', () => {
  it.each<Partial<JobRequest>>([
    { kind: 'deploy', keepSizes: true, newGuids: true, discard: false, personalise: {}, moreDisks: [{ serial: 'b' }] },
    { kind: 'capture', grow: 'root', moreDisks: [{ serial: 'b' }] },
    { kind: 'try', version: 3 },
  ])('takes what is for its kind: %j', (request) => {
    expect(post(request)).toMatchObject({ nodeId: 'n-1', imageName: 'debian' })
  })

  it.each<[Partial<JobRequest>, RegExp]>([
    [{ kind: 'deploy', grow: 'root' }, /a deploy job takes no grow/],
    [{ kind: 'capture', personalise: {} }, /a capture job takes no personalise/],
    [{ kind: 'capture', keepSizes: true }, /a capture job takes no keepSizes/],
    [{ kind: 'capture', newGuids: true }, /a capture job takes no newGuids/],
    [{ kind: 'try', moreDisks: [{ serial: 'b' }] }, /a try job takes no moreDisks/],
  ])('refuses what would be passed over: %j', (request, says) => {
    expect(() => post(request)).toThrow(says)
  })
})

it.each([
  { image: 'arm64', node: 'x64', isRefused: true },
  { image: 'x64', node: 'x64', isRefused: false },
  { image: undefined, node: 'x64', isRefused: false },
])('an image for $image on a machine that is $node: refused $isRefused', ({ image, node, isRefused }) => {
  const desk = {
    node: () => ({ id: 'n-1', name: 'rack1-07', state: 'approved', inventory: { architecture: node } }),
    image: () => ({ imageName: 'debian', version: 3, manifestDigest: 'ab'.repeat(32), architecture: image }),
    personaliseOf: () => undefined,
    configurationOf: () => [],
  } as unknown as PinDesk
  const post = () => pinRequest({ kind: 'deploy', node: 'rack1-07', image: 'debian' } as JobRequest, desk)
  if (isRefused) expect(post).toThrow(/debian version 3 starts on arm64, rack1-07 is x64/)
  else expect(post()).toMatchObject({ imageVersion: 3 })
})

describe('a trial', () => {
  it('is refused for a node that starts with Secure Boot, and is none that writes', () => {
    const request = { kind: 'try', node: 'rack1-07', image: 'debian' } as JobRequest
    expect(() => pinRequest(request, deskWith({}, 'on'))).toThrow(/starts with Secure Boot on/)
    expect(isWriting({ request })).toBe(false)
  })
})

describe('what a copy gets of its own', () => {
  const [job, nodeClass, profile] = [{ hostname: 'a' }, { machineId: false }, { sshHostKeys: false }]

  it.each<{ says: string; said: Said; want: PersonaliseWish | undefined }>([
    { says: 'is nothing when nobody says anything', said: {}, want: undefined },
    { says: 'is what the profile of the image says', said: { profile }, want: profile },
    { says: 'is rather what a class of the node says', said: { nodeClass, profile }, want: nodeClass },
    { says: 'is above all what the job says, whole', said: { job, nodeClass, profile }, want: job },
    { says: 'is nothing when the class says so', said: { nodeClass: false, profile }, want: false },
    { says: 'is nothing when the job says so', said: { job: false, nodeClass, profile }, want: false },
  ])('$says', ({ said, want }) => {
    const asked = said.job === undefined ? {} : { personalise: said.job }
    expect(post({ kind: 'deploy', ...asked }, said).personalise).toEqual(want)
  })
})
