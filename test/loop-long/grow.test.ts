// Every filesystem that grows on a larger disk, with and without a table; ext4 on GPT is in test/loop.
import { growSuite, OTHERS_GROW } from '../suites/grow-suite.ts'

growSuite(OTHERS_GROW)
