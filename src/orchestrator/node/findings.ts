// What is wrong with nodes, as the doctor says it. Pure: records in, findings out.
import type { Finding } from '../../contract/doctor.ts'
import { fixedDiskCountOf, judgeSilence, localBootOrder } from '../boot/local-boot.ts'
import type { NodeRecord } from './record.ts'

export function nodeFindings(
  nodes: readonly NodeRecord[],
  { now, maxBootsPerJob }: { readonly now: number; readonly maxBootsPerJob: number },
): readonly Finding[] {
  const nameOf = (id: string) => nodes.find((node) => node.id === id)?.name
  return nodes.flatMap((node) => [...heldFor(node, maxBootsPerJob), ...doubtAbout(node, nameOf), ...neverOnItsDisk(node, now)])
}

function doubtAbout({ name, doubt }: NodeRecord, nameOf: (id: string) => string | undefined): readonly Finding[] {
  if (doubt === undefined) return []
  const others = doubt.nodeIds.flatMap((id) => nameOf(id) ?? [])
  const [first] = others
  const merge = first === undefined ? '' : ` If it is ${first}: platen node merge ${name} ${first}.`
  return [
    {
      severity: 'problem',
      subject: name,
      seen: `${doubt.reason} (NODE_IDENTITY_DOUBTFUL${first === undefined ? '' : `, ${others.join(', ')}`})`,
      advice: `Go and look which machine it is.${merge} If it is another one that belongs here: platen node approve ${name}. Else: platen node retire ${name}.`,
    },
  ]
}

function heldFor({ name, state, holdReason, boots }: NodeRecord, maxBootsPerJob: number): readonly Finding[] {
  if (state !== 'held') return []
  const isLoop = (boots?.count ?? 0) > maxBootsPerJob
  const advice = isLoop
    ? `Read its serial console and \`platen job log ${boots?.jobId}\`: the boot OS does not come up, or the step takes it down. Then: platen node release ${name}`
    : `When it may work again: platen node release ${name}`
  return [{ severity: isLoop ? 'problem' : 'notice', subject: name, seen: `held: ${holdReason ?? 'no reason given'}`, advice }]
}

function neverOnItsDisk({ name, inventory, localBoot = {} }: NodeRecord, now: number): readonly Finding[] {
  const judged = judgeSilence(localBoot, now)
  const order = localBootOrder(judged, { firmware: inventory.firmware, fixedDiskCount: fixedDiskCountOf(inventory) })
  const { failed = [], worked } = judged
  if (worked !== undefined || !order.every((method) => failed.includes(method))) return []
  return [
    {
      severity: 'problem',
      subject: name,
      seen: `comes back from its disk whichever way it is sent there (${failed.join(', ')})`,
      advice: `Is there a system on the disk? Then set the disk behind the network in its firmware's boot order, and choose: platen node edit ${name} --local-boot exit`,
    },
  ]
}
