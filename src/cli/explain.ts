// What docs/errors.md says of a code. Pure.
import { AppError, ERROR_CODES, type ErrorCode } from '../contract/errors.ts'
import { nearest } from '../contract/nearest.ts'

export interface Explanation {
  readonly code: ErrorCode
  readonly text: string
  /** What HTTP answers. */
  readonly status: number
  /** What a command ends with. */
  readonly exit: number
}

/** The code in any case. Throws CLI_CODE_UNKNOWN. */
export function explain(page: string, typed: string): Explanation {
  const code = typed.toUpperCase().replaceAll('-', '_')
  const [, text] = new RegExp(`^## ${RegExp.escape(code)}\n+([^]*?)\n*(?=^#|(?![^]))`, 'm').exec(page) ?? []
  if (!Object.hasOwn(ERROR_CODES, code) || text === undefined) {
    const meant = nearest(code, Object.keys(ERROR_CODES))
    const hint = meant === undefined ? 'All codes are in docs/errors.md.' : `Did you mean \`platen explain ${meant}\`?`
    throw new AppError('CLI_CODE_UNKNOWN', `no failure has the code "${typed}"`, hint)
  }
  return { code: code as ErrorCode, text, ...ERROR_CODES[code as ErrorCode] }
}
