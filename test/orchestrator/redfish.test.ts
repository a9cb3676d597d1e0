// Events of management controllers: who may send them, whose they are, and what becomes of them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ApplianceEvent } from '../../src/contract/events.ts'
import type { Problem } from '../../src/contract/problem.ts'
import { makeNotice } from '../../src/orchestrator/notices/make-notice.ts'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'

let scene: OrchestratorScene
let told: ApplianceEvent[]
beforeEach(async () => {
  scene = await OrchestratorScene.open()
  told = []
  scene.rooms.events.subscribe((event) => void told.push(event), ['node.hardware-told'])
})
afterEach(() => scene[Symbol.asyncDispose]())

/** As an iLO and an iDRAC send them, shortened; with what nobody here reads. */
const event = (Context: string) => ({
  '@odata.type': '#Event.v1_7_0.Event',
  Id: '1',
  Name: 'Event Array',
  Context,
  Events: [
    {
      EventType: 'Alert',
      EventId: '4567',
      MemberId: '0',
      MessageSeverity: 'Critical',
      Message: 'Fan 3 has failed.',
      MessageId: 'Platform.1.0.FanFailed',
      OriginOfCondition: { '@odata.id': '/redfish/v1/Chassis/1/Thermal' },
    },
    { MessageId: 'ResourceEvent.1.0.ResourceErrorsCorrected', MessageArgs: ['PSU 1'], Severity: 'OK' },
  ],
})

function send(payload: object, secret = scene.operatorToken, scheme = 'Basic') {
  const shown = scheme === 'Basic' ? Buffer.from(`bmc:${secret}`).toString('base64') : secret
  return scene.app.inject({ method: 'POST', url: '/redfish-events', payload, headers: { authorization: `${scheme} ${shown}` } })
}

describe('a Redfish event', () => {
  it.each(['Basic', 'Bearer'])('becomes events about its node, by a %s header', async (scheme) => {
    const { nodeName } = await scene.approved(1)
    expect((await send(event(nodeName), scene.operatorToken, scheme)).statusCode).toBe(204)
    expect(told).toMatchObject([
      {
        node: { name: nodeName },
        severity: 'critical',
        reason: 'Fan 3 has failed. (Platform.1.0.FanFailed) at /redfish/v1/Chassis/1/Thermal',
      },
      { severity: 'ok', reason: 'ResourceEvent.1.0.ResourceErrorsCorrected PSU 1' },
    ])
  })

  it('is told to people when something is wrong, not when it is well again', async () => {
    const { nodeName } = await scene.approved(1)
    await send(event(nodeName))
    const [bad, good] = told.map((one) => makeNotice(one, 'n', 'now'))
    expect(bad).toMatchObject({
      event: 'node.hardware-told',
      summary: expect.stringMatching(/^node-1: critical: Fan 3 has failed/),
    })
    expect(good).toBeUndefined()
  })

  it.each([
    ['a node that is not there', event('nobody'), 404, 'NODE_NOT_FOUND'],
    ['no context', { Events: [{}] }, 400, 'REQUEST_INVALID'],
    ['no events', { Context: 'node-1', Events: [] }, 400, 'REQUEST_INVALID'],
  ])('is refused with %s', async (_name, payload, status, code) => {
    const { statusCode, json } = await send(payload)
    expect([statusCode, (json() as Problem).code]).toEqual([status, code])
    expect(told).toEqual([])
  })

  it('wants a token', async () => {
    expect((await send(event('node-1'), 'wrong')).statusCode).toBe(401)
  })
})
