// Disks as people tell them apart, and as the appliance is told which one is meant. Pure.
import type { Schema } from '../../client/index.ts'
import { bytes } from '../parts/format.ts'

export type Disk = Schema<'Disk'>
export type DiskHint = Schema<'DiskHint'>

/** "/dev/sda, 960.2 GB, SAMSUNG PM893, serial S6" */
export const diskWords = ({ devicePath, sizeBytes, model, serial }: Disk): string =>
  [devicePath, bytes(sizeBytes), model, serial === undefined ? undefined : `serial ${serial}`]
    .filter((word) => word !== undefined)
    .join(', ')

/** By everything that it is known by: a disk that was swapped since is another one. undefined: nothing tells it from others. */
export function hintOf({ serial, wwn, byPath }: Disk): DiskHint | undefined {
  if (serial === undefined && wwn === undefined) return byPath === undefined ? undefined : { byPath }
  return { ...(serial === undefined ? {} : { serial }), ...(wwn === undefined ? {} : { wwn }) }
}
