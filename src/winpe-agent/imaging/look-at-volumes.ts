// The logical volumes of an LVM physical volume, and what each of them holds. Only reads; LVM's own programs are not asked.
import type { FileHandle } from 'node:fs/promises'
import { SIGNATURE_BYTES, type Signature, signatureOf } from '../../imaging/disk-signature.ts'
import { type Extent, totalBytes } from '../../imaging/extents.ts'
import { decodeLvmLabel, METADATA_HEADER_BYTES, metadataTextRanges } from '../../imaging/lvm-label.ts'
import { type LvmGroup, type LvmVolume, lvmGroupOf, onDevice } from '../../imaging/lvm-volumes.ts'
import { signaturesIn } from '../../imaging/signatures.ts'
import { readAt } from './open-disk.ts'

export interface VolumeLook extends LvmVolume {
  readonly head: Uint8Array
  readonly signature: Signature
}

export interface GroupLook extends Omit<LvmGroup, 'volumes'> {
  readonly metadataAreas: readonly Extent[]
  readonly volumes: readonly VolumeLook[]
}

/** Where it lies on its disk, and its beginning. */
interface PhysicalVolume {
  readonly startBytes: number
  readonly sizeBytes: number
  readonly head: Uint8Array
}

/** undefined: there is no metadata here that this program understands. */
export async function lookAtVolumes(
  disk: FileHandle,
  { startBytes, sizeBytes, head }: PhysicalVolume,
): Promise<GroupLook | undefined> {
  const label = decodeLvmLabel(head)
  if (label === undefined) return undefined
  for (const area of label.metadataAreas) {
    if (!(area.offset + area.length <= sizeBytes)) continue
    const ranges = metadataTextRanges(await readAt(disk, startBytes + area.offset, METADATA_HEADER_BYTES))
    const texts = await Promise.all(
      (ranges ?? []).map(({ offset, length }) => readAt(disk, startBytes + area.offset + offset, length)),
    )
    const group = lvmGroupOf(Buffer.concat(texts).toString('utf8'), label.id, sizeBytes)
    if (group === undefined) continue
    const volumes: VolumeLook[] = []
    for (const volume of group.volumes) volumes.push(await lookAtVolume(disk, startBytes, volume))
    const metadataAreas = label.metadataAreas.filter(({ offset, length }) => offset + length <= sizeBytes)
    return { ...group, metadataAreas, volumes }
  }
  return undefined
}

async function lookAtVolume(disk: FileHandle, startBytes: number, volume: LvmVolume): Promise<VolumeLook> {
  const places = onDevice([{ offset: 0, length: SIGNATURE_BYTES }], volume.pieces)
  const parts = await Promise.all(places.map(({ offset, length }) => readAt(disk, startBytes + offset, length)))
  const head = Buffer.concat(parts)
  const sizeBytes = totalBytes(volume.pieces)
  return { ...volume, head, signature: signatureOf(signaturesIn({ sizeBytes, head, tail: new Uint8Array(0) }), head) }
}
