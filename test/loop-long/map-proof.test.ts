// The proof matrix, a disk for each kind of filesystem; test/loop has a short choice.
import { FILESYSTEM_CASES } from '../suites/filesystem-cases.ts'
import { proveMaps } from '../suites/map-proof-suite.ts'

for (const content of new Set(FILESYSTEM_CASES.map((one) => one.content))) {
  proveMaps(
    content,
    FILESYSTEM_CASES.filter((one) => one.content === content && one.short !== true),
  )
}
