// The frame of each screen: title, what can be done, filters, content.
import { Bullseye, Flex, FlexItem, PageSection, Spinner, Title } from '@patternfly/react-core'
import { type ReactNode, useEffect } from 'react'
import { t } from '../words/index.ts'
import { ProblemAlert } from './problem.tsx'

interface ScreenProps {
  readonly title: string
  readonly beside?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

export function Screen({ title, beside, actions, children }: ScreenProps) {
  useEffect(() => {
    document.title = `${title} · ${t.product}`
  }, [title])
  return (
    <>
      <PageSection>
        <Flex justifyContent={{ default: 'justifyContentSpaceBetween' }} alignItems={{ default: 'alignItemsCenter' }}>
          <Flex alignItems={{ default: 'alignItemsCenter' }} spaceItems={{ default: 'spaceItemsMd' }}>
            <FlexItem>
              <Title headingLevel="h1" className="pl-title">
                {title}
              </Title>
            </FlexItem>
            {beside}
          </Flex>
          {actions === undefined ? undefined : <FlexItem>{actions}</FlexItem>}
        </Flex>
      </PageSection>
      <PageSection isFilled>{children}</PageSection>
    </>
  )
}

/** The head of a part of a screen. */
export function PartTitle({ children }: { readonly children: string }) {
  return (
    <Title headingLevel="h2" size="lg" className="pl-gap">
      {children}
    </Title>
  )
}

interface AskedProps<T> {
  readonly of: { readonly data: T | undefined; readonly error: unknown }
  readonly children: (data: T) => ReactNode
}

/** What a query brought, or why it brought nothing. */
export function Asked<T>({ of: { data, error }, children }: AskedProps<T>) {
  if (data !== undefined) return children(data)
  if (error !== null) return <ProblemAlert error={error} />
  return (
    <Bullseye>
      <Spinner aria-label={t.common.loading} />
    </Bullseye>
  )
}
