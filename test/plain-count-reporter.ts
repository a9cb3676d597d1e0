// Ends a run with one plain line, "812 passed, 0 failed, 3 skipped": for machines that read the log. The line and the exit code agree.
import type { Reporter, TestModule, TestRunEndReason, Vitest } from 'vitest/node'
import { ALLOWED_SKIPS } from './allowed-skips.ts'
import { countRun, type RunCount } from './run-count.ts'

const UNFINISHED: RunCount = { passed: 0, failed: 0, skipped: 0, remarks: [] }

export class PlainCountReporter implements Reporter {
  readonly #allowedSkips
  #vitest: Vitest | undefined
  #isStarted = false
  #count = UNFINISHED

  constructor(allowedSkips = ALLOWED_SKIPS) {
    this.#allowedSkips = allowedSkips
  }

  onInit(vitest: Vitest): void {
    // After the summary of the default reporter, which is written while the run closes; and also when the run never came to its end.
    if (this.#vitest === undefined) process.once('exit', (exitCode) => this.#close(exitCode))
    this.#vitest = vitest
  }

  onTestRunStart(): void {
    this.#isStarted = true
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[], reason: TestRunEndReason): void {
    const { projects = [], config } = this.#vitest ?? {}
    this.#count = countRun(
      { modules, unhandledErrors, reason, projects: projects.map(({ name }) => name) },
      { isCi: isCi(), isByName: config?.testNamePattern !== undefined, allowedSkips: this.#allowedSkips },
    )
  }

  #close(exitCode: number): void {
    const { passed, skipped, remarks } = this.#count
    const isUnfinished = this.#count === UNFINISHED
    // Nothing was to be run: `vitest list`.
    if (isUnfinished && !this.#isStarted && exitCode === 0) return
    const failed = Math.max(this.#count.failed, isUnfinished || exitCode !== 0 ? 1 : 0)
    if (failed > 0 && exitCode === 0) process.exitCode = 1
    process.stdout.write([...remarks, `${passed} passed, ${failed} failed, ${skipped} skipped`, ''].join('\n'))
  }
}

const isCi = (): boolean => !['', '0', 'false'].includes(process.env.CI ?? '')
