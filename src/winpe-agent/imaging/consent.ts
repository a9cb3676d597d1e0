// What a step says about erasing, for one disk. Pure.
import type { Disk } from '../../contract/inventory.ts'
import type { DeployStep, FormatStep } from '../../contract/steps.ts'
import { diskIdsOf } from '../../imaging/disk-identity.ts'
import type { EraseConsent } from '../../imaging/foreign-disk.ts'

type Consent = Pick<
  DeployStep | FormatStep,
  'eraseForeignData' | 'knownTableIds' | 'sharedTableIds' | 'knownDisks' | 'provenDisks'
>

export function consentOf(step: Consent, disk: Disk): EraseConsent {
  const { eraseForeignData, knownTableIds, sharedTableIds = [], knownDisks = [], provenDisks = [] } = step
  const ids = diskIdsOf(disk)
  const hasGoodRecord = ids.some((id) => provenDisks.includes(id))
  const hasSecondSign = hasGoodRecord || ids.some((id) => knownDisks.includes(id))
  return { eraseForeignData, knownTableIds, sharedTableIds, hasSecondSign, hasGoodRecord }
}
