// Nothing is here yet, and what makes something be here.
import { Bullseye, EmptyState, EmptyStateBody } from '@patternfly/react-core'

export function Empty({ title, hint }: { readonly title: string; readonly hint?: string | undefined }) {
  return (
    <Bullseye>
      <EmptyState titleText={title} headingLevel="h2" variant="sm">
        {hint === undefined ? undefined : <EmptyStateBody>{hint}</EmptyStateBody>}
      </EmptyState>
    </Bullseye>
  )
}
