// The filters of the fleet.
import { Button, FormSelect, FormSelectOption, SearchInput, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core'
import { useEffect, useState } from 'react'
import type { FleetSearch } from '../app/router.tsx'
import { t } from '../words/index.ts'
import type { FleetRow } from './filter.ts'

interface FilterBarProps {
  readonly all: readonly FleetRow[]
  readonly shown: number
  readonly search: FleetSearch
  readonly onChange: (next: Partial<FleetSearch>) => void
}

const TYPING_MS = 200

export function FilterBar({ all, shown, search, onChange }: FilterBarProps) {
  const classes = [...new Set(all.flatMap((row) => row.classes))].sort()
  const isFiltered = [search.q, search.state, search.class, search.doing].some((each) => each !== undefined)
  const clear = () => onChange({ q: undefined, state: undefined, class: undefined, doing: undefined } as never)
  return (
    <Toolbar inset={{ default: 'insetNone' }}>
      <ToolbarContent>
        <ToolbarItem>
          <TypedFilter text={search.q ?? ''} onChange={(q) => onChange({ q: q === '' ? undefined : q } as never)} />
        </ToolbarItem>
        <Choice
          label={t.fleet.state}
          value={search.state}
          options={t.states}
          onChange={(state) => onChange({ state } as never)}
        />
        <Choice
          label={t.fleet.doing}
          value={search.doing}
          options={t.activities}
          onChange={(doing) => onChange({ doing } as never)}
        />
        {classes.length === 0 ? undefined : (
          <Choice
            label={t.fleet.nodeClass}
            value={search.class}
            options={Object.fromEntries(classes.map((name) => [name, name]))}
            onChange={(name) => onChange({ class: name } as never)}
          />
        )}
        <ToolbarItem alignSelf="center">
          <span aria-live="polite">{t.common.rows(shown, all.length)}</span>
        </ToolbarItem>
        {isFiltered ? (
          <ToolbarItem>
            <Button variant="link" onClick={clear}>
              {t.common.clear}
            </Button>
          </ToolbarItem>
        ) : undefined}
      </ToolbarContent>
    </Toolbar>
  )
}

/** What is typed goes into the address when the typing pauses. */
function TypedFilter({ text, onChange }: { readonly text: string; readonly onChange: (text: string) => void }) {
  const [typed, setTyped] = useState(text)
  useEffect(() => setTyped(text), [text])
  useEffect(() => {
    if (typed === text) return
    const timer = setTimeout(() => onChange(typed), TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed, text, onChange])
  return (
    <SearchInput
      value={typed}
      placeholder={t.fleet.search}
      aria-label={t.fleet.search}
      onChange={(_event, value) => setTyped(value)}
      onClear={() => setTyped('')}
    />
  )
}

interface ChoiceProps {
  readonly label: string
  readonly value: string | undefined
  readonly options: Readonly<Record<string, string>>
  readonly onChange: (value: string | undefined) => void
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <ToolbarItem>
      <FormSelect
        value={value ?? ''}
        aria-label={label}
        onChange={(_event, chosen) => onChange(chosen === '' ? undefined : chosen)}
      >
        <FormSelectOption value="" label={`${label}: ${t.common.all.toLowerCase()}`} />
        {Object.entries(options).map(([key, name]) => (
          <FormSelectOption key={key} value={key} label={name} />
        ))}
      </FormSelect>
    </ToolbarItem>
  )
}
