// What is in force, and who said it.
import { Checkbox, Label, SearchInput, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { unwrap } from '../../client/index.ts'
import { api } from '../app/api.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { Asked, Screen } from '../parts/screen.tsx'
import { t } from '../words/index.ts'
import { isSaid, type Setting, shownSettings, valueWords } from './setting-words.ts'

const COLUMNS: readonly Column<Setting>[] = [
  {
    key: 'key',
    head: t.settings.columns.key,
    width: 25,
    cell: ({ key }) => <span className="pl-mono">{key}</span>,
  },
  {
    key: 'value',
    head: t.settings.columns.value,
    width: 20,
    cell: (setting) => {
      const words = valueWords(setting)
      return words === '' ? <span className="pl-dim">{t.settings.unset}</span> : [words, setting.unit].filter(Boolean).join(' ')
    },
  },
  {
    key: 'from',
    head: t.settings.columns.from,
    width: 20,
    cell: (setting) =>
      isSaid(setting) ? (
        <Label isCompact color="blue">
          {setting.from}
        </Label>
      ) : (
        <span className="pl-dim">{t.settings.fallback}</span>
      ),
  },
  {
    key: 'about',
    isMinor: true,
    head: t.settings.columns.about,
    cell: ({ description }) => <span className="pl-wrap">{description}</span>,
  },
]

export function SettingsScreen() {
  const [word, setWord] = useState('')
  const [onlySaid, setOnlySaid] = useState(false)
  const settings = useQuery({
    queryKey: ['settings'],
    queryFn: async () => (await unwrap(api.GET('/api/v1/settings'))).settings,
  })
  return (
    <Screen title={t.settings.title}>
      <Asked of={settings}>
        {(all) => {
          const shown = shownSettings(all, word, onlySaid)
          return (
            <>
              <Toolbar inset={{ default: 'insetNone' }}>
                <ToolbarContent>
                  <ToolbarItem>
                    <SearchInput
                      value={word}
                      placeholder={t.common.search}
                      aria-label={t.common.search}
                      onChange={(_event, value) => setWord(value)}
                      onClear={() => setWord('')}
                    />
                  </ToolbarItem>
                  <ToolbarItem alignSelf="center">
                    <Checkbox
                      id="only-said"
                      label={t.settings.onlySaid}
                      isChecked={onlySaid}
                      onChange={(_event, isOn) => setOnlySaid(isOn)}
                    />
                  </ToolbarItem>
                  <ToolbarItem alignSelf="center">{t.common.rows(shown.length, all.length)}</ToolbarItem>
                </ToolbarContent>
              </Toolbar>
              <DataTable
                label={t.settings.title}
                columns={COLUMNS}
                rows={shown}
                keyOf={({ key }) => key}
                empty={{ title: t.settings.none }}
              />
              <p className="pl-dim pl-gap">{t.settings.how}</p>
            </>
          )
        }}
      </Asked>
    </Screen>
  )
}
