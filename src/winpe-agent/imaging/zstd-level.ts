// The parameters of zstd for each level that a capture uses. Pure.
import { constants } from 'node:zlib'
import type { ZstdParams } from '../../imaging/zstd-rooms.ts'

/**
 * Level 3 with smaller tables, which stay in the processor's second cache: a quarter faster, and no more than two
 * hundredths larger (docs/performance.md). The levels above are for processors that have time.
 */
export function zstdParamsOf(level: number): ZstdParams {
  if (level > 3) return { [constants.ZSTD_c_compressionLevel]: level }
  return {
    [constants.ZSTD_c_compressionLevel]: 3,
    [constants.ZSTD_c_hashLog]: 16,
    [constants.ZSTD_c_chainLog]: 15,
  }
}
