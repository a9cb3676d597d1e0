// Classes as older appliances kept them: what their nodes should run was one image, without a processor type. Written anew in place.
import type { WantedImage } from '../../contract/wanted.ts'
import type { RecordStore } from '../../store/index.ts'
import type { NodeClassRecord } from '../node/classes.ts'

type OldRecord = Omit<NodeClassRecord, 'runs'> & { readonly runs?: WantedImage | WantedImage[] }

export async function upgradeClasses(store: RecordStore<NodeClassRecord>): Promise<void> {
  for (const record of [...store.values()] as OldRecord[]) {
    const { runs } = record
    if (runs !== undefined && !Array.isArray(runs)) await store.put({ ...record, runs: [runs] })
  }
}
