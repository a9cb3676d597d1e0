// What the appliance refused, in its own words, with what to do next.
import { Alert } from '@patternfly/react-core'
import { ProblemError } from '../../client/index.ts'

export function ProblemAlert({ error, title }: { readonly error: unknown; readonly title?: string }) {
  const problem = error instanceof ProblemError ? error.problem : undefined
  const message = problem?.message ?? (error instanceof Error ? error.message : String(error))
  return (
    <Alert variant="danger" isInline title={title ?? message} component="p">
      {title === undefined ? undefined : <p>{message}</p>}
      {problem === undefined ? undefined : (
        <p>
          {problem.hint} <code>{problem.code}</code>
        </p>
      )}
    </Alert>
  )
}
