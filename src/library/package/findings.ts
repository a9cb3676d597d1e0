// What is wrong with the kept packages, as the doctor says it. Pure.
import type { Finding } from '../../contract/doctor.ts'
import type { DamagedPackage } from './package-book.ts'

export function packageFindings(damaged: readonly DamagedPackage[]): readonly Finding[] {
  return damaged.map(({ path, reason }) => ({
    severity: 'problem',
    subject: 'packages',
    seen: `a version cannot be read: ${path}: ${reason}`,
    advice:
      'Put the file back from a backup. To give the version up, move the file away and start the appliance anew. Until then no space is freed.',
  }))
}
