// A short choice of the proof matrix; the rest is in test/loop-long.
import { FILESYSTEM_CASES } from '../suites/filesystem-cases.ts'
import { proveMaps } from '../suites/map-proof-suite.ts'

proveMaps(
  'a short choice',
  FILESYSTEM_CASES.filter(({ short }) => short === true),
)
