// Pure: what a run of the tests comes to. All that went wrong counts as failed, whether or not a test was to blame.
import type { TestCase, TestModule, TestSuite } from 'vitest/node'

declare module 'vitest' {
  interface TaskMeta {
    /** Why the test is skipped; `needs()` fills it in. */
    skippedBecause?: string
  }
}

/** A test that may be skipped where `because` holds: `file` from the root of the repository, `name` the test's or that of a describe around it. */
export interface AllowedSkip {
  readonly file: string
  readonly name: string
  readonly because: string
}

export interface Run {
  readonly modules: readonly TestModule[]
  readonly unhandledErrors: readonly unknown[]
  readonly reason: 'passed' | 'interrupted' | 'failed'
  /** Names of the projects that were asked for. */
  readonly projects: readonly string[]
}

export interface Rules {
  /** On the machine that decides over a change: what was skipped must be allowed, and every project must have run. */
  readonly isCi: boolean
  /** Only tests of some name are wanted: the others are no skips of anybody's. */
  readonly isByName: boolean
  readonly allowedSkips: readonly AllowedSkip[]
}

export interface RunCount {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** One line for each skip, and for each failure that no test of the summary shows. */
  readonly remarks: readonly string[]
}

export function countRun(run: Run, rules: Rules): RunCount {
  const count = { passed: 0, failed: 0, skipped: 0, remarks: [] as string[] }
  const fail = (remark: string) => {
    count.failed++
    count.remarks.push(`failed: ${remark}`)
  }
  for (const module of run.modules) {
    for (const part of [module, ...module.children.allSuites()])
      for (const error of part.errors()) fail(`${titleOf(part)}: ${error.message.split('\n', 1)[0]}`)
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed' || state === 'failed') count[state]++
      else if (state === 'pending') fail(`${titleOf(test)}: did not end`)
      else if (isInFailed(test)) fail(`${titleOf(test)}: could not run, because what is around it failed`)
      else {
        const remark = `${titleOf(test)}: ${reasonOf(test) ?? 'says no reason'}`
        if (rules.isCi && !rules.isByName && !isAllowed(test, rules.allowedSkips))
          fail(`skipped and not allowed to be: ${remark}`)
        else {
          count.skipped++
          if (!rules.isByName) count.remarks.push(`skipped: ${remark}`)
        }
      }
    }
  }
  count.failed += run.unhandledErrors.length
  const silent = run.projects.filter((name) => !run.modules.some(({ project }) => project.name === name))
  if (rules.isCi) for (const name of silent) fail(`project ${name} has no tests`)
  if (count.passed + count.failed === 0) fail('no test was run')
  if (count.failed === 0 && run.reason !== 'passed') fail(`the run was ${run.reason}`)
  return count
}

type Part = TestCase | TestSuite | TestModule

function titleOf(part: Part): string {
  if (part.type === 'module') return part.relativeModuleId
  return `${part.module.relativeModuleId} > ${part.fullName}`
}

function around(test: TestCase): (TestSuite | TestModule)[] {
  const parts: (TestSuite | TestModule)[] = [test.parent]
  for (let part = parts[0]!; part.type === 'suite'; parts.push(part)) part = part.parent
  return parts
}

const isInFailed = (test: TestCase): boolean => around(test).some((part) => part.errors().length > 0)

/** What the test said while it ran, or what was said of it before. */
function reasonOf(test: TestCase): string | undefined {
  const result = test.result()
  const said = result.state === 'skipped' ? result.note : undefined
  return said ?? [test, ...around(test)].map((part) => part.meta().skippedBecause).find((because) => because !== undefined)
}

function isAllowed(test: TestCase, allowed: readonly AllowedSkip[]): boolean {
  const names = [test, ...around(test)].map((part) => (part.type === 'module' ? '' : part.fullName))
  const reason = reasonOf(test)
  return allowed.some(
    ({ file, name, because }) => file === test.module.relativeModuleId && names.includes(name) && because === reason,
  )
}
