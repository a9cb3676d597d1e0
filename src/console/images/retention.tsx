// Which versions a rule would keep and why, before anything is removed.
import { Button, Form, FormGroup, Label, TextInput } from '@patternfly/react-core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Schema } from '../../client/index.ts'
import { Consent } from '../parts/consent.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { ProblemAlert } from '../parts/problem.tsx'
import { t } from '../words/index.ts'
import { prune } from './do-image.ts'

interface Fate {
  readonly version: number
  /** Left out: it goes. */
  readonly because?: string
}

const fatesOf = ({ removed, kept }: Schema<'PruneResult'>): readonly Fate[] =>
  [...removed.map((version) => ({ version })), ...kept].toSorted((a, b) => b.version - a.version)

export function Retention({ imageName }: { readonly imageName: string }) {
  const [last, setLast] = useState('3')
  const [days, setDays] = useState('')
  const [isAsked, setAsked] = useState(false)
  const isReady = /^[1-9]\d{0,4}$/.test(last) && /^\d{0,5}$/.test(days)
  const policy = { keepLast: Number(last), ...(days === '' ? {} : { keepDays: Number(days) }) }
  const asking = useMutation({ mutationFn: () => prune(imageName, { ...policy, dryRun: true }) })
  const removed = asking.data?.removed ?? []
  return (
    <>
      <Form
        className="pl-in-a-row"
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady) asking.mutate()
        }}
      >
        <FormGroup label={t.images.keepLast} fieldId="keep-last">
          <TextInput id="keep-last" type="number" min={1} value={last} onChange={(_event, value) => setLast(value)} />
        </FormGroup>
        <FormGroup label={t.images.keepDays} fieldId="keep-days">
          <TextInput id="keep-days" type="number" min={0} value={days} onChange={(_event, value) => setDays(value)} />
        </FormGroup>
        <Button type="submit" variant="secondary" isDisabled={!isReady} isLoading={asking.isPending}>
          {t.images.preview}
        </Button>
      </Form>
      {asking.error === null ? undefined : <ProblemAlert error={asking.error} />}
      {asking.data === undefined ? undefined : (
        <>
          <DataTable
            label={t.images.retention}
            rows={fatesOf(asking.data)}
            keyOf={({ version }) => String(version)}
            empty={{ title: t.common.none }}
            columns={[
              { key: 'version', isFit: true, head: t.images.version, cell: ({ version }) => version },
              {
                key: 'fate',
                isFit: true,
                head: t.images.fate,
                cell: ({ because }) => (
                  <Label isCompact color={because === undefined ? 'red' : 'green'}>
                    {because === undefined ? t.images.goes : t.images.stays}
                  </Label>
                ),
              },
              { key: 'because', head: t.images.because, cell: ({ because }) => because },
            ]}
          />
          {removed.length === 0 ? (
            <p className="pl-gap">{t.images.nothingGoes}</p>
          ) : (
            <Button className="pl-gap" variant="danger" onClick={() => setAsked(true)}>
              {t.images.prune(removed.length)}
            </Button>
          )}
        </>
      )}
      {isAsked ? (
        <Consent
          title={t.images.prune(removed.length)}
          action={t.images.prune(removed.length)}
          typed={{ label: t.common.typeName(imageName), text: imageName }}
          run={async () => {
            await prune(imageName, { ...policy, dryRun: false })
            asking.reset()
          }}
          onClose={() => setAsked(false)}
        >
          {t.images.pruneText(imageName, removed.join(', '))}
        </Consent>
      ) : undefined}
    </>
  )
}
