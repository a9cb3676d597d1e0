// What came of a run, wipe or check, as people read it. Pure.
import type { CheckedItem, HardwareReport } from '../contract/hardware.ts'
import type { JobView } from '../contract/job.ts'

export function outcomeLines({ id, nodeName, request, outcome }: JobView): readonly string[] {
  const machine = nodeName ?? request.node ?? '-'
  if (outcome === undefined) return [`${machine}: see platen job log ${id}`]
  switch (outcome.kind) {
    case 'run':
      return [
        ...outcome.scripts.map(
          ({ path, exitCode, seconds }) =>
            `${machine}: ${path} ended with ${exitCode ?? 'no exit code'} after ${seconds.toFixed(1)} s`,
        ),
        `${machine}: what they printed and left: platen job files ${id}`,
      ]
    case 'wipe':
      return outcome.disks.map(({ name, method, certificate }) =>
        certificate === undefined
          ? `${machine}: disk ${name}, ${method}: not proven, no certificate`
          : `${machine}: disk ${name}, ${method}: proven; bring ${certificate} with platen job files ${id} --output FOLDER`,
      )
    case 'check':
      return outcome.items.map((item) => `${machine}: ${itemWords(item)}`)
  }
}

/** Rows for `node show`. */
export function hardwareRows(hardware: HardwareReport | undefined): readonly (readonly [string, string])[] {
  if (hardware === undefined) return []
  return [
    ['hardware', `${hardware.verdict}, checked at ${hardware.at}`],
    ...hardware.items.map((item) => ['', itemWords(item)] as const),
  ]
}

const itemWords = ({ item, name, verdict, words }: CheckedItem): string =>
  `${[item, name].filter(Boolean).join(' ')}: ${verdict}: ${words}`
