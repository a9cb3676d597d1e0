// Names and values, one below the other.
import {
  Card,
  CardBody,
  CardTitle,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from '@patternfly/react-core'
import type { ReactNode } from 'react'

interface FactsProps {
  readonly title: string
  /** Those without a value are left out. */
  readonly facts: readonly (readonly [name: string, value: ReactNode])[]
  readonly children?: ReactNode
}

export function Facts({ title, facts, children }: FactsProps) {
  const said = facts.filter(([, value]) => value !== undefined && value !== '')
  return (
    <Card isCompact>
      <CardTitle component="h2">{title}</CardTitle>
      <CardBody>
        <DescriptionList isCompact isHorizontal horizontalTermWidthModifier={{ default: '10ch', md: '16ch' }}>
          {said.map(([name, value]) => (
            <DescriptionListGroup key={name}>
              <DescriptionListTerm>{name}</DescriptionListTerm>
              <DescriptionListDescription>{value}</DescriptionListDescription>
            </DescriptionListGroup>
          ))}
        </DescriptionList>
        {children}
      </CardBody>
    </Card>
  )
}
