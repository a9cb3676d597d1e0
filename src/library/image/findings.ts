// What is wrong with the catalog, as the doctor says it. Pure.
import type { Finding } from '../../contract/doctor.ts'
import type { DamagedRecord } from './catalog-folder.ts'

export function catalogFindings(damaged: readonly DamagedRecord[]): readonly Finding[] {
  return damaged.map(({ imageName, version, path, reason }) =>
    version === undefined
      ? {
          severity: 'problem',
          subject: imageName,
          seen: `its tags cannot be read: ${path}: ${reason}`,
          advice: `See which versions have tags with \`platen image show ${imageName}\`, and set the others again: platen image tag`,
        }
      : {
          severity: 'problem',
          subject: `${imageName} version ${version}`,
          seen: `it cannot be read: ${path}: ${reason}`,
          advice:
            'Put the file back from a backup. To give the version up, move the file away and start the appliance anew. Until then no space is freed.',
        },
  )
}
