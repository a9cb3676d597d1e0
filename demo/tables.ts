// The tables at the end of the demo. Pure: report in, text out.
import type { WalkReport } from '../test/rack/walk-report.ts'

export function phaseTable({ rows }: WalkReport): string {
  const head = ['machine', 'firmware', 'phase', 'seconds', 'read', 'sent', 'received', 'written']
  const body = rows.map(({ machine, firmware, what, seconds, transfer }) => [
    machine,
    firmware,
    what,
    seconds.toFixed(1),
    ...[transfer.bytesRead, transfer.bytesSent, transfer.bytesReceived, transfer.bytesWritten].map(bytes),
  ])
  return table(head, body, 3)
}

export function versionTable({ versions }: WalkReport): string {
  const head = ['image', 'version', 'digest of the used blocks', 'used', 'stored anew']
  const body = versions.map(({ imageName, version, contentDigest, usedBytes, addedBytes }) => [
    imageName,
    String(version),
    contentDigest,
    bytes(usedBytes),
    bytes(addedBytes),
  ])
  return table(head, body, 3)
}

export function claimTable({ claims }: WalkReport): string {
  return table(
    ['claim', 'evidence'],
    claims.map(({ claim, evidence }) => [`✓ ${claim}`, evidence]),
    2,
  )
}

/** Columns from numbersFrom on are numbers: right-aligned. */
function table(head: readonly string[], body: readonly (readonly string[])[], numbersFrom: number): string {
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((row) => row[column]!.length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column < numbersFrom ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd()
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...body.map(line)].join('\n')
}

function bytes(count: number | undefined): string {
  if (count === undefined || count === 0) return '·'
  if (count < 1e6) return `${(count / 1e3).toFixed(1)} kB`
  return `${(count / 1e6).toFixed(1)} MB`
}
