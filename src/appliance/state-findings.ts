// What is lost of the state, as the doctor says it. Pure.
import type { Finding } from '../contract/doctor.ts'
import type { Damage } from '../store/index.ts'

export function stateFindings(damaged: readonly Damage[]): readonly Finding[] {
  return damaged.map(({ path, line, reason }) => ({
    severity: 'problem',
    subject: path,
    seen: line === undefined ? reason : `line ${line} is lost: ${reason}`,
    advice: `Check the disk. What is lost is one change; bring the file back from a backup if it matters (see APPLIANCE_STATE_DAMAGED)`,
  }))
}
