// Roll-outs: ring by ring, with a big stop.
import { Button, Card, CardBody, CardHeader, CardTitle, Flex, FlexItem, Label, List, ListItem } from '@patternfly/react-core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useRollOuts } from '../app/api.ts'
import { Consent } from '../parts/consent.tsx'
import { Empty } from '../parts/empty.tsx'
import { instant } from '../parts/format.ts'
import { Asked, Screen } from '../parts/screen.tsx'
import { tellDone, tellRefused } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'
import { type RollOut, ringsOf, type Steering, steer, steeringsOf } from './do-roll-out.ts'

const COLORS = { running: 'blue', paused: 'orange', stopped: 'red', aborting: 'orange', done: 'green', aborted: 'grey' } as const
const whatOf = ({ image, version, packages = [] }: RollOut): string =>
  [...(image === undefined ? [] : [`${image} ${version}`]), ...packages.map(({ name, range = '' }) => `${name} ${range}`)].join(
    ', ',
  )

export function RollOutsScreen() {
  return (
    <Screen title={t.rollOuts.title}>
      <Asked of={useRollOuts()}>
        {(rollOuts) =>
          rollOuts.length === 0 ? (
            <Empty title={t.rollOuts.none} hint={t.rollOuts.noneHint} />
          ) : (
            rollOuts.map((rollOut) => <RollOutCard key={rollOut.id} rollOut={rollOut} />)
          )
        }
      </Asked>
    </Screen>
  )
}

function RollOutCard({ rollOut }: { readonly rollOut: RollOut }) {
  const { nodeClass, phase, nodes, startedAt, failures } = rollOut
  const good = nodes.filter(({ at }) => at === 'good').length
  const title = `${whatOf(rollOut)} → ${nodeClass}`
  return (
    <Card isCompact className="pl-gap" component="section" aria-label={title}>
      <CardHeader actions={{ actions: <Steer rollOut={rollOut} />, hasNoOffset: true }}>
        <CardTitle component="h2">{title}</CardTitle>
      </CardHeader>
      <CardBody>
        <Flex spaceItems={{ default: 'spaceItemsMd' }}>
          <Label color={COLORS[phase]}>{t.rollOuts.phases[phase]}</Label>
          <FlexItem>{t.rollOuts.progress(good, nodes.length)}</FlexItem>
          {failures > 0 ? <FlexItem>{t.rollOuts.failures(failures)}</FlexItem> : undefined}
          <FlexItem className="pl-dim">{instant(startedAt)}</FlexItem>
        </Flex>
        <Flex alignItems={{ default: 'alignItemsFlexStart' }} spaceItems={{ default: 'spaceItems2xl' }}>
          {ringsOf(rollOut).map(({ ring, nodes: ofRing }) => (
            <FlexItem key={ring ?? 0}>
              <strong>{ring === undefined ? t.rollOuts.noRing : t.rollOuts.ring(ring)}</strong>
              <List isPlain>
                {ofRing.map(({ node, at, reason }) => (
                  <ListItem key={node}>
                    <Link to="/nodes/$node" params={{ node }}>
                      {node}
                    </Link>
                    {` ${t.rollOuts.places[at]}${reason === undefined ? '' : `: ${reason}`}`}
                  </ListItem>
                ))}
              </List>
            </FlexItem>
          ))}
        </Flex>
      </CardBody>
    </Card>
  )
}

function Steer({ rollOut }: { readonly rollOut: RollOut }) {
  const [isAborting, setAborting] = useState(false)
  const run = async (steering: Steering) => {
    try {
      await steer(rollOut, steering)
      tellDone(t.rollOuts.done(t.rollOuts[steering]))
    } catch (error) {
      tellRefused(t.actions.refused(t.rollOuts[steering]), error)
    }
  }
  const moved = rollOut.nodes.filter(({ at }) => at !== 'waiting' && at !== 'returned').length
  return (
    <>
      {steeringsOf(rollOut).map((steering) => (
        <Button
          key={steering}
          variant={steering === 'abort' ? 'danger' : 'secondary'}
          onClick={() => (steering === 'abort' ? setAborting(true) : void run(steering))}
          aria-label={`${t.rollOuts[steering]}: ${whatOf(rollOut)}`}
        >
          {t.rollOuts[steering]}
        </Button>
      ))}
      {isAborting ? (
        <Consent
          title={t.rollOuts.abort}
          action={t.rollOuts.abort}
          typed={{ label: t.common.typeName(rollOut.nodeClass), text: rollOut.nodeClass }}
          run={() => steer(rollOut, 'abort')}
          onClose={() => setAborting(false)}
        >
          {t.rollOuts.abortText(moved, whatOf(rollOut))}
        </Consent>
      ) : undefined}
    </>
  )
}
