// What to do with an empty appliance, ticked off as it happens.
import { Card, CardBody, CardTitle, ProgressStep, ProgressStepper } from '@patternfly/react-core'
import { useFindings, useHealth, useImages, useNodes } from '../app/api.ts'
import { t } from '../words/index.ts'
import { stepsDone } from './steps-done.ts'

export function FirstRun() {
  const done = stepsDone({
    findings: useFindings().data ?? [],
    isNetbootUp: useHealth().data?.parts.netboot === 'up',
    nodes: useNodes().data ?? [],
    images: useImages().data ?? [],
  })
  const steps = [
    ['bootOs', t.start.bootOs, t.start.bootOsHow],
    ['serve', t.start.serve, t.start.serveHow],
    ['machine', t.start.machine, t.start.machineHow],
    ['approve', t.start.approve, t.start.approveHow],
    ['capture', t.start.capture, t.start.captureHow],
  ] as const
  const current = steps.find(([key]) => !done[key])?.[0]
  return (
    <Card className="pl-narrow">
      <CardTitle component="h2">{t.start.title}</CardTitle>
      <CardBody>
        <p>{t.start.intro}</p>
        <ProgressStepper isVertical aria-label={t.start.title}>
          {steps.map(([key, title, how]) => (
            <ProgressStep
              key={key}
              id={key}
              titleId={`${key}-title`}
              variant={done[key] ? 'success' : key === current ? 'info' : 'pending'}
              isCurrent={key === current}
              description={how}
            >
              {title}
            </ProgressStep>
          ))}
        </ProgressStepper>
      </CardBody>
    </Card>
  )
}
