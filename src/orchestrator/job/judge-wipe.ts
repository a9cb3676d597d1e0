// Whether what an agent shows of a wiped disk proves it: each place that was read back is held against what the seed says. Pure.
import type { WipedDisk, WipeMethod, WipeProof } from '../../contract/wipe.ts'
import { digestOfBytes, patternAt, SAMPLE_BYTES, samplePlaces } from '../../imaging/wipe-samples.ts'

export type WipeJudgement =
  | { readonly kind: 'proven'; readonly found: WipeProof }
  | { readonly kind: 'unproven'; readonly reason: string }

/** Another key: what is read then is anything but what was written. */
const MAKES_NOISE: readonly WipeMethod[] = ['nvme-sanitize-crypto', 'nvme-format-crypto', 'ata-secure-erase-enhanced']
const ZEROS = digestOfBytes(Buffer.alloc(SAMPLE_BYTES))
const ONES = digestOfBytes(Buffer.alloc(SAMPLE_BYTES, 0xff))

/** The disk is one of the node's: that was looked at before. */
export function judgeWipe(disk: WipedDisk, asked: { readonly seed: string; readonly samples: number }): WipeJudgement {
  const places = samplePlaces(asked.seed, disk.sizeBytes, asked.samples)
  if (disk.samples.length !== places.length) return unproven(`${disk.samples.length} places were read back, not ${places.length}`)
  const found = new Set<WipeProof>()
  for (const [index, offset] of places.entries()) {
    const sample = disk.samples[index]!
    if (sample.offset !== offset) return unproven(`place ${index} is at ${sample.offset}, not where it was asked for, ${offset}`)
    const pattern = digestOfBytes(patternAt(asked.seed, offset, SAMPLE_BYTES))
    // Of an overwrite it is what was there before; else the pattern, so that something is there that has to go.
    if (disk.method !== 'overwrite' && sample.before !== pattern) return unproven(`the place at ${offset} was not marked before`)
    const holds = contentOf(sample.after, pattern)
    if (!isLeftBy(disk.method, holds)) return unproven(`the place at ${offset} holds ${WORDS[holds]}`)
    found.add(holds)
  }
  if (found.size !== 1 && !MAKES_NOISE.includes(disk.method)) return unproven('some places hold zeros, others ones')
  return { kind: 'proven', found: found.size === 1 ? [...found][0]! : 'changed' }
}

function contentOf(digest: string, pattern: string): WipeProof {
  if (digest === pattern) return 'pattern'
  if (digest === ZEROS) return 'zeros'
  return digest === ONES ? 'ones' : 'changed'
}

function isLeftBy(method: WipeMethod, holds: WipeProof): boolean {
  if (method === 'overwrite') return holds === 'pattern'
  if (MAKES_NOISE.includes(method)) return holds !== 'pattern'
  return holds === 'zeros' || holds === 'ones'
}

const WORDS: Readonly<Record<WipeProof, string>> = {
  pattern: 'what was written to it before the disk was wiped',
  zeros: 'zeros',
  ones: 'ones',
  changed: 'something that was not written to it',
}

const unproven = (reason: string): WipeJudgement => ({ kind: 'unproven', reason })
