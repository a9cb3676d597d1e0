// What a step says about erasing, for one disk. Pure. A signed record that a deploy left on the disk would be one more second sign: here.
import type { Disk } from '../../contract/inventory.ts'
import type { DeployStep, FormatStep } from '../../contract/steps.ts'
import { diskIdsOf } from '../../imaging/disk-identity.ts'
import type { EraseConsent } from '../../imaging/foreign-disk.ts'

type Consent = Pick<DeployStep | FormatStep, 'eraseForeignData' | 'knownTableIds' | 'sharedTableIds' | 'knownDisks'>

export function consentOf(step: Consent, disk: Disk): EraseConsent {
  const { eraseForeignData, knownTableIds, sharedTableIds = [], knownDisks = [] } = step
  const hasSecondSign = diskIdsOf(disk).some((id) => knownDisks.includes(id))
  return { eraseForeignData, knownTableIds, sharedTableIds, hasSecondSign }
}
