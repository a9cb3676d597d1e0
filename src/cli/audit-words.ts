// An entry of the audit as a row of a table. Pure.
import type { AuditEntry } from '../contract/audit.ts'

export function auditWords({ number, at, who, from, did, about, status, code, skipped }: AuditEntry): string[] {
  const names = Object.entries(about).map(([key, value]) => `${key}=${value}`)
  const outcome = code ?? (status < 400 ? 'done' : String(status))
  const more = skipped === undefined ? '' : ` (${skipped} more before)`
  return [String(number), at, who?.name ?? '-', from, did, names.join(' ') || '-', `${outcome}${more}`]
}
