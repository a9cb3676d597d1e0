// Events that the management controller of a machine sends by Redfish (DMTF DSP0266, EventService; schema Event v1). Pure: what of them is read.
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'

const Text = Type.String({ maxLength: 2000 })

const RedfishEventRecord = Type.Object({
  MessageId: Type.Optional(Text),
  Message: Type.Optional(Text),
  MessageArgs: Type.Optional(Type.Array(Text, { maxItems: 50 })),
  /** Severity is the older name. */
  MessageSeverity: Type.Optional(Text),
  Severity: Type.Optional(Text),
  OriginOfCondition: Type.Optional(Type.Object({ '@odata.id': Type.Optional(Text) })),
})

/** POST /redfish-events. Whatever else a controller says is passed over. */
export const RedfishEvent = NamedObject('RedfishEvent', {
  /** As the subscription says it: the name or id of the node. */
  Context: Type.String({ minLength: 1, maxLength: 200 }),
  Events: Type.Array(RedfishEventRecord, { minItems: 1, maxItems: 200 }),
})
export type RedfishEvent = Static<typeof RedfishEvent>

export interface HardwareWord {
  readonly severity: 'ok' | 'warning' | 'critical'
  readonly reason: string
}

/** One for each record, in its order. */
export function hardwareWords({ Events: records }: RedfishEvent): readonly HardwareWord[] {
  return records.map(({ MessageSeverity, Severity, Message, MessageId, MessageArgs = [], OriginOfCondition }) => {
    const said = (MessageSeverity ?? Severity ?? 'OK').toLowerCase()
    const text = Message ?? [MessageId ?? 'an event without words', ...MessageArgs].join(' ')
    const origin = OriginOfCondition?.['@odata.id']
    return {
      severity: said === 'critical' || said === 'warning' ? said : 'ok',
      reason: [
        text,
        ...(Message === undefined || MessageId === undefined ? [] : [`(${MessageId})`]),
        ...(origin === undefined ? [] : [`at ${origin}`]),
      ].join(' '),
    }
  })
}
