import { describe, expect, it } from 'vitest'
import type { ImageVersionView } from '../../../src/contract/image.ts'
import type { JobRequest } from '../../../src/contract/job.ts'
import { planDeploySteps } from '../../../src/orchestrator/job/plan-deploy.ts'

const JOB = '7d1f4a52-0c9e-4b7a-9a55-8f3c2f1d6e01'
const image = { imageName: 'debian', version: 3, manifestDigest: 'ab'.repeat(32) } as ImageVersionView

function stepsOf(request: Partial<JobRequest>, node: { id: string; name: string } | undefined = { id: 'n-1', name: 'rack1_07' }) {
  const { personalise } = request
  const input = { jobId: JOB, profile: undefined, image, personalise, node, knownTableIds: ['known'], facts: {} }
  return planDeploySteps(
    { ...input, request: { kind: 'deploy', eraseForeignData: false, ...request } as JobRequest },
    { pick: 'only' },
  )
}
const kindsOf = (...args: Parameters<typeof stepsOf>) => stepsOf(...args).map(({ kind }) => kind)

describe('a deploy', () => {
  it.each<[string, Partial<JobRequest>, string]>([
    ['writes, verifies, grows', {}, 'deploy verify grow record'],
    ['does not grow', { keepSizes: true }, 'deploy verify record'],
    ['gives the copy an identity at the end', { personalise: {} }, 'deploy verify grow personalise record'],
    ['has none when the job says no', { personalise: false }, 'deploy verify grow record'],
    ['does both or neither', { keepSizes: true, personalise: {} }, 'deploy verify personalise record'],
  ])('%s', (_, request, kinds) => {
    expect(kindsOf(request).join(' ')).toBe(kinds)
    // What was queued without a node must be what a node is given.
    expect(kindsOf(request, undefined).join(' ')).toBe(kinds)
  })

  it('has the same disks, sizes and ids in all of its steps', () => {
    const moreDisks = [{ serial: 'b' }]
    for (const step of stepsOf({ moreDisks, newGuids: true, personalise: {} })) {
      expect(step).toMatchObject({ disk: { pick: 'only' }, moreDisks, newTableId: JOB, imageName: 'debian', version: 3 })
    }
  })

  it.each([
    [{}, { hostname: 'rack1-07', sshHostKeys: true }],
    [
      { hostname: 'web.site.test', sshHostKeys: false },
      { hostname: 'web.site.test', sshHostKeys: false },
    ],
    [{ cloudInit: { userData: '#cloud-config' } }, { cloudInit: { instanceId: 'n-1-abababababab', userData: '#cloud-config' } }],
  ])('personalise %j', (personalise, want) => {
    expect(stepsOf({ personalise }).at(-2)).toMatchObject(want)
  })

  it('leaves out what is not wished', () => {
    const step = stepsOf({ personalise: { hostname: false, machineId: false } }).at(-2)!
    expect(Object.keys(step)).not.toEqual(expect.arrayContaining(['hostname']))
    expect(Object.keys(step)).not.toEqual(expect.arrayContaining(['machineId']))
  })

  it('gives a node the same machine-id each time, and another node another', () => {
    const idOf = (id: string) => (stepsOf({ personalise: {} }, { id, name: 'n' }).at(-2) as { machineId?: string }).machineId
    expect(idOf('n-1')).toMatch(/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
    expect(idOf('n-1')).toBe(idOf('n-1'))
    expect(idOf('n-2')).not.toBe(idOf('n-1'))
  })
})
