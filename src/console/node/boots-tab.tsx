// The boots of a node along time: each step over the network with its time and what came of it.
import { Alert, ExpandableSection, Label } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Schema, unwrap } from '../../client/index.ts'
import { api, type NodeView } from '../app/api.ts'
import { Empty } from '../parts/empty.tsx'
import { instant } from '../parts/format.ts'
import { Asked } from '../parts/screen.tsx'
import { t } from '../words/index.ts'
import { verdictOf, worstOf } from './boot-words.ts'

type Boot = Schema<'NodeBoot'>

const AGAIN_MS = 5000
const LOOKS = { good: 'green', odd: 'orange', bad: 'red' } as const

export function BootsTab({ node: { id } }: { readonly node: NodeView }) {
  const boots = useQuery({
    queryKey: ['boots', id],
    queryFn: () => unwrap(api.GET('/api/v1/nodes/{node}/boots', { params: { path: { node: id } } })),
    staleTime: 0,
    refetchInterval: AGAIN_MS,
  })
  return (
    <Asked of={boots}>
      {({ boots: all, keptSince }) =>
        all.length === 0 ? (
          <Empty title={t.boots.none} hint={t.boots.since(instant(keptSince))} />
        ) : (
          <div className="pl-gap">
            {all.map((boot, n) => (
              <OneBoot key={boot.startedAt} boot={boot} isNewest={n === 0} />
            ))}
            <p className="pl-dim">{t.boots.since(instant(keptSince))}</p>
          </div>
        )
      }
    </Asked>
  )
}

function OneBoot({ boot, isNewest }: { readonly boot: Boot; readonly isNewest: boolean }) {
  const [isOpen, setOpen] = useState(isNewest)
  const worst = worstOf(boot)
  return (
    <ExpandableSection
      isExpanded={isOpen}
      onToggle={(_event, open) => setOpen(open)}
      toggleContent={
        <>
          {`${instant(boot.startedAt)}: ${verdictOf(boot)} `}
          {worst === 'good' ? undefined : (
            <Label isCompact color={LOOKS[worst]}>
              {t.boots.verdicts[worst]}
            </Label>
          )}
        </>
      }
    >
      <ol className="pl-boot">
        {boot.steps.map((step, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps are told apart by their place alone
          <li key={n} className="pl-boot-step" data-verdict={step.verdict}>
            <time dateTime={step.at}>{new Date(step.at).toLocaleTimeString()}</time>
            <Label isCompact variant="outline">
              {t.boots.by[step.by]}
            </Label>
            <span>
              {step.verdict === 'good' ? undefined : <strong>{`${t.boots.verdicts[step.verdict]}: `}</strong>}
              {step.says}
            </span>
          </li>
        ))}
      </ol>
      {boot.leftOut === 0 ? undefined : (
        <Alert isInline isPlain variant="info" title={t.boots.leftOut(boot.leftOut)} component="p" />
      )}
    </ExpandableSection>
  )
}
