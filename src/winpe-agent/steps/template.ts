// Fills {{name}} in a profile's template. Pure.
import { AppError } from '../../contract/errors.ts'

/** A name that has no value is a mistake, not an empty place: a half-filled configuration boots into trouble. */
export function fillTemplate(text: string, variables: Readonly<Record<string, string>>, path: string): string {
  const missing = new Set<string>()
  const filled = text.replace(/\{\{\s*([A-Za-z][A-Za-z0-9_]*)\s*\}\}/g, (_, name: string) => {
    if (!Object.hasOwn(variables, name)) missing.add(name)
    return variables[name] ?? ''
  })
  if (missing.size === 0) return filled
  throw new AppError(
    'AGENT_TEMPLATE_INVALID',
    `the template ${path} uses ${[...missing].join(', ')}, which ${missing.size === 1 ? 'has' : 'have'} no value`,
    'Give the names a value under `variables` in profile.yaml or with the job.',
  )
}
