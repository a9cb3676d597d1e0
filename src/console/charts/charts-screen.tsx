// What the appliance counted, along time: a day by minutes, five weeks by quarters of an hour.
import { Card, CardBody, CardTitle, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { unwrap } from '../../client/index.ts'
import { api } from '../app/api.ts'
import { Empty } from '../parts/empty.tsx'
import { Asked, Screen } from '../parts/screen.tsx'
import { t } from '../words/index.ts'
import { Chart } from './chart.tsx'
import { CHARTS, type ChartSpec, chartOf, type FigureSeries } from './series.ts'

const AGAIN_MS = 30_000
const SPANS = ['day', 'weeks'] as const

export function ChartsScreen() {
  const [span, setSpan] = useState<(typeof SPANS)[number]>('day')
  const asked = useQuery({
    queryKey: ['figures', span],
    queryFn: () => unwrap(api.GET('/api/v1/figures', { params: { query: { over: span } } })),
    staleTime: 0,
    refetchInterval: AGAIN_MS,
  })
  const choice = (
    <ToggleGroup aria-label={t.charts.span}>
      {SPANS.map((each) => (
        <ToggleGroupItem key={each} text={t.charts.spans[each]} isSelected={span === each} onChange={() => setSpan(each)} />
      ))}
    </ToggleGroup>
  )
  return (
    <Screen title={t.charts.title} actions={choice}>
      <Asked of={asked}>
        {(series) =>
          series.at.length === 0 ? (
            <Empty title={t.charts.none} hint={t.charts.noneHint} />
          ) : (
            <div className="pl-charts">
              {CHARTS.map((spec) => (
                <OneChart key={spec.title} spec={spec} series={series} />
              ))}
            </div>
          )
        }
      </Asked>
    </Screen>
  )
}

function OneChart({ spec, series }: { readonly spec: ChartSpec; readonly series: FigureSeries }) {
  const chart = useMemo(() => chartOf(spec, series), [spec, series])
  return (
    <Card isCompact component="section">
      <CardTitle component="h2">{t.charts[spec.title]}</CardTitle>
      <CardBody>
        <Chart chart={chart} />
      </CardBody>
    </Card>
  )
}
