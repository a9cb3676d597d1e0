// ext4 on a larger disk; the other filesystems are in test/loop-long.
import { EXT4_GROWS, growSuite } from '../suites/grow-suite.ts'

growSuite([EXT4_GROWS])
