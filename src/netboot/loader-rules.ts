// Which loader a person chose for which machines: by network card, firmware, vendor class, port of a switch or model. Pure.
import { textPattern } from '../contract/text-pattern.ts'
import type { KnownNode } from './boot-policy.ts'
import type { LoaderRule } from './config.ts'
import type { DhcpClient } from './dhcp/client.ts'
import { idText, normaliseId } from './dhcp/relay-information.ts'
import type { LoaderFlavour } from './loader-path.ts'

/** The node is asked for only where a rule needs it. */
type ChooseByRule = (client: DhcpClient, nodeOf: () => KnownNode | undefined) => LoaderFlavour | undefined

type Condition = (client: DhcpClient, nodeOf: () => KnownNode | undefined) => boolean

/** The first rule that matches counts; undefined when none does. */
export function compileLoaderRules(rules: readonly LoaderRule[]): ChooseByRule {
  const compiled = rules.map((rule) => ({ loader: rule.loader, conditions: conditionsOf(rule) }))
  return (client, nodeOf) => compiled.find(({ conditions }) => conditions.every((holds) => holds(client, nodeOf)))?.loader
}

/** What says nothing about the machine is left out: a rule without conditions is for all. */
function conditionsOf(rule: LoaderRule): readonly Condition[] {
  const conditions: Condition[] = []
  const { macPrefix, firmware, architecture, vendorClass, circuitId, remoteId, manufacturer, product } = rule
  if (macPrefix !== undefined) {
    const prefix = macPrefix.toLowerCase().replaceAll('-', ':')
    conditions.push(({ mac }) => mac.startsWith(prefix))
  }
  if (firmware !== undefined) conditions.push((client) => client.firmware === firmware)
  if (architecture !== undefined) conditions.push((client) => client.architecture === architecture)
  if (vendorClass !== undefined) {
    const matches = textPattern(vendorClass)
    conditions.push((client) => matches(client.vendorClass))
  }
  if (circuitId !== undefined) {
    const matches = textPattern(normaliseId(circuitId))
    conditions.push(({ relay }) => matches(relay?.circuitId && idText(relay.circuitId)))
  }
  if (remoteId !== undefined) {
    const matches = textPattern(normaliseId(remoteId))
    conditions.push(({ relay }) => matches(relay?.remoteId && idText(relay.remoteId)))
  }
  if (manufacturer !== undefined) {
    const matches = textPattern(manufacturer)
    conditions.push((_, nodeOf) => matches(nodeOf()?.manufacturer))
  }
  if (product !== undefined) {
    const matches = textPattern(product)
    conditions.push((_, nodeOf) => matches(nodeOf()?.product))
  }
  return conditions
}
