// What is wrong now, and what to do about it.
import { Alert, AlertGroup, Button } from '@patternfly/react-core'
import { type Finding, KEYS, queries, useFindings } from '../app/api.ts'
import { Asked, Screen } from '../parts/screen.tsx'
import { t } from '../words/index.ts'

const LOOKS = { problem: 'danger', notice: 'warning', good: 'success' } as const
const ORDER: readonly Finding['severity'][] = ['problem', 'notice', 'good']

export function DoctorScreen() {
  const look = (
    <Button variant="secondary" onClick={() => void queries.invalidateQueries({ queryKey: KEYS.doctor })}>
      {t.doctor.lookAgain}
    </Button>
  )
  return (
    <Screen title={t.doctor.title} actions={look}>
      <Asked of={useFindings()}>
        {(findings) => (
          <AlertGroup aria-label={t.doctor.title}>
            {findings.every(({ severity }) => severity === 'good') ? (
              <Alert variant="success" isInline isPlain title={t.doctor.allGood} component="p" />
            ) : undefined}
            {findings
              .toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity))
              .map(({ severity, subject, seen, advice }) => (
                <Alert key={`${subject} ${seen}`} variant={LOOKS[severity]} isInline title={`${subject}: ${seen}`} component="h2">
                  {advice === undefined ? undefined : `${t.doctor.todo}: ${advice}`}
                </Alert>
              ))}
          </AlertGroup>
        )}
      </Asked>
    </Screen>
  )
}
