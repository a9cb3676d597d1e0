// The tests that may be skipped where a change is decided over (CI=true); any other skip fails there. Setup brings what tests need, so
// a line here wants a reason that setup cannot mend; `because` is what the test itself says.
import type { AllowedSkip } from './run-count.ts'

export const ALLOWED_SKIPS: readonly AllowedSkip[] = []
