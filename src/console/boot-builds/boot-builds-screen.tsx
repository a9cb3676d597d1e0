// Builds of the boot OS: which is in use, which may go.
import { Button, Flex, FlexItem, Label } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Schema, unwrap } from '../../client/index.ts'
import { api, queries } from '../app/api.ts'
import { Consent } from '../parts/consent.tsx'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { bytes, instant } from '../parts/format.ts'
import { Asked, Screen } from '../parts/screen.tsx'
import { tellDone, tellRefused } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'

type Build = Schema<'BootBuildSummary'>
const BUILDS = ['boot-builds']
const nameOf = ({ architecture, number }: Build): string => `${architecture} ${number}`

const COLUMNS: readonly Column<Build>[] = [
  { key: 'build', head: t.bootBuilds.columns.build, width: 15, cell: (build) => <strong>{nameOf(build)}</strong> },
  { key: 'variant', head: t.bootBuilds.columns.variant, isMinor: true, cell: ({ variant }) => variant ?? t.bootBuilds.plain },
  { key: 'built', isFit: true, isMinor: true, head: t.bootBuilds.columns.built, cell: ({ builtAt }) => instant(builtAt) },
  { key: 'size', isFit: true, head: t.bootBuilds.columns.size, cell: ({ sizeBytes }) => bytes(sizeBytes) },
  {
    key: 'wanted',
    head: t.bootBuilds.columns.wanted,
    width: 30,
    cell: ({ isInUse, wantedBy }) => (
      <>
        {isInUse ? (
          <Label isCompact color="green">
            {t.bootBuilds.inUse}
          </Label>
        ) : undefined}{' '}
        {wantedBy.join('; ')}
      </>
    ),
  },
  { key: 'actions', isFit: true, head: t.common.actions, cell: (build) => <BuildActions build={build} /> },
]

export function BootBuildsScreen() {
  const builds = useQuery({
    queryKey: BUILDS,
    queryFn: async () => (await unwrap(api.GET('/api/v1/boot-builds'))).builds,
  })
  return (
    <Screen title={t.bootBuilds.title}>
      <Asked of={builds}>
        {(all) => (
          <DataTable
            label={t.bootBuilds.title}
            columns={COLUMNS}
            rows={all}
            keyOf={nameOf}
            empty={{ title: t.bootBuilds.none, hint: t.bootBuilds.noneHint }}
          />
        )}
      </Asked>
    </Screen>
  )
}

function BuildActions({ build }: { readonly build: Build }) {
  const [isAsked, setAsked] = useState(false)
  const name = nameOf(build)
  const { architecture, number, isInUse, wantedBy } = build
  const params = { path: { architecture, number } }
  const use = async () => {
    try {
      await unwrap(api.POST('/api/v1/boot-builds/{architecture}/{number}/use', { params }))
      tellDone(t.bootBuilds.used(name))
    } catch (error) {
      tellRefused(t.actions.refused(t.bootBuilds.use), error)
    }
    await queries.invalidateQueries({ queryKey: BUILDS })
  }
  const remove = async () => {
    await unwrap(api.DELETE('/api/v1/boot-builds/{architecture}/{number}', { params }))
    await queries.invalidateQueries({ queryKey: BUILDS })
  }
  return (
    <Flex flexWrap={{ default: 'nowrap' }} spaceItems={{ default: 'spaceItemsSm' }}>
      {isInUse ? undefined : (
        <FlexItem>
          <Button variant="secondary" size="sm" onClick={() => void use()} aria-label={`${t.bootBuilds.use}: ${name}`}>
            {t.bootBuilds.use}
          </Button>
        </FlexItem>
      )}
      {isInUse || wantedBy.length > 0 ? undefined : (
        <FlexItem>
          <Button variant="link" isDanger isInline onClick={() => setAsked(true)} aria-label={`${t.bootBuilds.remove}: ${name}`}>
            {t.bootBuilds.remove}
          </Button>
        </FlexItem>
      )}
      {isAsked ? (
        <Consent
          title={`${t.bootBuilds.remove}: ${name}`}
          action={t.bootBuilds.remove}
          run={remove}
          onClose={() => setAsked(false)}
        >
          {t.bootBuilds.removeText(name, bytes(build.sizeBytes))}
        </Consent>
      ) : undefined}
    </Flex>
  )
}
