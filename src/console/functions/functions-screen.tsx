// Functions: what a machine is to do, and what that comes to at a site.
import {
  Alert,
  Card,
  CardBody,
  CardTitle,
  FormSelect,
  FormSelectOption,
  Label,
  Toolbar,
  ToolbarContent,
  ToolbarItem,
} from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Schema, unwrap } from '../../client/index.ts'
import { api } from '../app/api.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { instant } from '../parts/format.ts'
import { Asked, PartTitle, Screen } from '../parts/screen.tsx'
import { t } from '../words/index.ts'

type Listed = Schema<'ObjectList'>['objects'][number]
type Place = Schema<'ExplainedPlace'>

const COLUMNS: readonly Column<Listed>[] = [
  {
    key: 'name',
    head: t.functions.columns.name,
    width: 30,
    cell: ({ name, title }) => (
      <>
        <strong>{name}</strong>
        {title === undefined ? undefined : <div className="pl-dim pl-wrap">{title}</div>}
      </>
    ),
  },
  { key: 'version', isFit: true, head: t.functions.columns.version, cell: ({ version }) => version },
  {
    key: 'source',
    isFit: true,
    isMinor: true,
    head: t.functions.columns.source,
    cell: ({ source, file }) => file ?? t.functions.sources[source],
  },
  { key: 'changed', isFit: true, isMinor: true, head: t.functions.columns.changed, cell: ({ changedAt }) => instant(changedAt) },
]

export function FunctionsScreen() {
  const functions = useQuery({
    queryKey: ['functions'],
    queryFn: async () => (await unwrap(api.GET('/api/v1/functions'))).objects,
    staleTime: 10_000,
  })
  return (
    <Screen title={t.functions.title}>
      <Asked of={functions}>
        {(all) => (
          <>
            <DataTable
              label={t.functions.title}
              columns={COLUMNS}
              rows={all}
              keyOf={({ name }) => name}
              empty={{ title: t.functions.none, hint: t.functions.noneHint }}
            />
            {all.length === 0 ? undefined : <Explained names={all.map(({ name }) => name)} />}
          </>
        )}
      </Asked>
    </Screen>
  )
}

function Explained({ names }: { readonly names: readonly string[] }) {
  const [name, setName] = useState(names[0]!)
  const [site, setSite] = useState('')
  const sites = useQuery({
    queryKey: ['site-definitions'],
    queryFn: async () => (await unwrap(api.GET('/api/v1/site-definitions'))).objects,
  })
  const explained = useQuery({
    queryKey: ['explain', name, site],
    queryFn: () =>
      unwrap(api.GET('/api/v1/functions/{name}/explain', { params: { path: { name }, query: site === '' ? {} : { site } } })),
    staleTime: 0,
  })
  return (
    <>
      <PartTitle>{t.functions.explained}</PartTitle>
      <Toolbar inset={{ default: 'insetNone' }}>
        <ToolbarContent>
          <ToolbarItem>
            <FormSelect value={name} aria-label={t.functions.columns.name} onChange={(_event, value) => setName(value)}>
              {names.map((each) => (
                <FormSelectOption key={each} value={each} label={each} />
              ))}
            </FormSelect>
          </ToolbarItem>
          <ToolbarItem>
            <FormSelect value={site} aria-label={t.functions.site} onChange={(_event, value) => setSite(value)}>
              <FormSelectOption value="" label={t.functions.here} />
              {(sites.data ?? []).map((each) => (
                <FormSelectOption key={each.name} value={each.name} label={each.title ?? each.name} />
              ))}
            </FormSelect>
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      <Asked of={explained}>
        {({ places }) =>
          places.length === 0 ? (
            <p className="pl-dim">{t.functions.nowhere}</p>
          ) : (
            <div className="pl-grid">
              {places.map((place) => (
                <OnePlace key={`${place.architecture} ${place.model}`} place={place} />
              ))}
            </div>
          )
        }
      </Asked>
    </>
  )
}

function OnePlace({
  place: { architecture, model, image, distribution, packages, refused, considered, candidates },
}: {
  readonly place: Place
}) {
  const list = [...considered, ...candidates]
  return (
    <Card isCompact component="section">
      <CardTitle component="h3">{[architecture, model].filter(Boolean).join(', ')}</CardTitle>
      <CardBody>
        {refused === undefined ? undefined : <Alert isInline variant="warning" title={refused} component="p" />}
        {image === undefined ? undefined : (
          <p>
            <Label color="green">{`${image.name}@${image.version}`}</Label>
            {distribution === undefined ? undefined : ` ${t.functions.of(distribution)}`}
          </p>
        )}
        {packages.length === 0 ? undefined : <p>{packages.map(({ name, version }) => `${name} ${version}`).join(', ')}</p>}
        <ul className="pl-gap">
          {list.map((candidate) => (
            <li key={`${candidate.what} ${candidate.lost}`}>
              {candidate.lost === undefined ? <strong>{candidate.what}</strong> : `${candidate.what}: ${candidate.lost}`}
            </li>
          ))}
        </ul>
      </CardBody>
    </Card>
  )
}
