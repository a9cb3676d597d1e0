// States as coloured words with a picture, so that nobody has to see the colour.
import { Label } from '@patternfly/react-core'
import BanIcon from '@patternfly/react-icons/dist/esm/icons/ban-icon'
import CheckIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon'
import ClockIcon from '@patternfly/react-icons/dist/esm/icons/clock-icon'
import ErrorIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon'
import PauseIcon from '@patternfly/react-icons/dist/esm/icons/pause-circle-icon'
import PlusIcon from '@patternfly/react-icons/dist/esm/icons/plus-circle-icon'
import SyncIcon from '@patternfly/react-icons/dist/esm/icons/sync-alt-icon'
import type { JobView, NodeView } from '../app/api.ts'
import { t } from '../words/index.ts'

const NODE_LOOKS = {
  discovered: ['orange', <PlusIcon key="i" />],
  approved: ['green', <CheckIcon key="i" />],
  held: ['red', <PauseIcon key="i" />],
  retired: ['grey', <BanIcon key="i" />],
} as const

export function NodeState({ node: { state, holdReason } }: { readonly node: NodeView }) {
  const [color, icon] = NODE_LOOKS[state]
  return (
    <Label isCompact color={color} icon={icon} {...(holdReason === undefined ? {} : { title: holdReason })}>
      {t.states[state]}
    </Label>
  )
}

const JOB_LOOKS = {
  queued: ['grey', <ClockIcon key="i" />],
  running: ['blue', <SyncIcon key="i" />],
  succeeded: ['green', <CheckIcon key="i" />],
  failed: ['red', <ErrorIcon key="i" />],
  'timed-out': ['red', <ErrorIcon key="i" />],
  cancelled: ['grey', <BanIcon key="i" />],
} as const

export function JobState({ job: { state } }: { readonly job: JobView }) {
  const [color, icon] = JOB_LOOKS[state]
  return (
    <Label isCompact color={color} icon={icon}>
      {t.jobStates[state]}
    </Label>
  )
}
