// What can be done to a node: what is most wanted as buttons, the rest in a menu.
import { Button, Divider, Dropdown, DropdownItem, DropdownList, Flex, FlexItem, MenuToggle } from '@patternfly/react-core'
import EllipsisIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon'
import { Fragment, type Ref, useState } from 'react'
import { type NodeView, useJobs } from '../app/api.ts'
import { tellDone, tellRefused } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'
import { CaptureDialog } from './capture-dialog.tsx'
import { CheckDialog } from './check-dialog.tsx'
import { doToNode, type NodeActionKind, nameOfAction } from './do-node.ts'
import { HoldDialog } from './hold-dialog.tsx'
import { menuOf, type NodeDialog } from './node-menu.ts'
import { PutBack } from './put-back.tsx'
import { RetireConsent } from './retire-consent.tsx'
import { RunDialog } from './run-dialog.tsx'
import { TryDialog } from './try-dialog.tsx'
import { WipeDialog } from './wipe-dialog.tsx'

const isDanger = (ask: NodeDialog): boolean => ask === 'wipe' || ask === 'retire' || ask === 'reclaim'

export function NodeActions({ node }: { readonly node: NodeView }) {
  const [isOpen, setOpen] = useState(false)
  const [dialog, setDialog] = useState<NodeDialog>()
  const hasJob = useJobs().data?.some(({ nodeId, state }) => nodeId === node.id && state === 'running') ?? false
  const run = async (kind: NodeActionKind) => {
    setOpen(false)
    try {
      await doToNode(kind, node)
      tellDone(t.actions.done(nameOfAction(kind)))
    } catch (error) {
      tellRefused(t.actions.refused(nameOfAction(kind)), error)
    }
  }
  const ask = (which: NodeDialog) => {
    setOpen(false)
    setDialog(which)
  }
  const groups = menuOf(node, hasJob)
  return (
    <Flex spaceItems={{ default: 'spaceItemsSm' }}>
      {node.state === 'discovered' ? (
        <FlexItem>
          <Button onClick={() => void run('approve')}>{t.actions.approve}</Button>
        </FlexItem>
      ) : undefined}
      {node.state === 'approved' ? (
        <>
          <FlexItem>
            <Button onClick={() => ask('put-back')}>{t.actions.putBack}</Button>
          </FlexItem>
          <FlexItem>
            <Button variant="secondary" onClick={() => ask('capture')}>
              {t.actions.capture}
            </Button>
          </FlexItem>
        </>
      ) : undefined}
      {groups.length === 0 ? undefined : (
        <FlexItem>
          <Dropdown
            isOpen={isOpen}
            onOpenChange={setOpen}
            popperProps={{ position: 'right' }}
            toggle={(ref: Ref<HTMLButtonElement>) => (
              <MenuToggle
                ref={ref}
                variant="plain"
                aria-label={t.common.actions}
                onClick={() => setOpen(!isOpen)}
                isExpanded={isOpen}
              >
                <EllipsisIcon />
              </MenuToggle>
            )}
          >
            <DropdownList>
              {groups.map((group, n) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: groups have no other name
                <Fragment key={n}>
                  {n === 0 ? undefined : <Divider component="li" />}
                  {group.map((entry) =>
                    'act' in entry ? (
                      <DropdownItem key={entry.act} onClick={() => void run(entry.act)}>
                        {nameOfAction(entry.act)}
                      </DropdownItem>
                    ) : (
                      <DropdownItem key={entry.ask} isDanger={isDanger(entry.ask)} onClick={() => ask(entry.ask)}>
                        {t.nodeDialogs[entry.ask]}
                      </DropdownItem>
                    ),
                  )}
                </Fragment>
              ))}
            </DropdownList>
          </Dropdown>
        </FlexItem>
      )}
      {dialog === undefined ? undefined : <Asking dialog={dialog} node={node} onClose={() => setDialog(undefined)} />}
    </Flex>
  )
}

interface AskingProps {
  readonly dialog: NodeDialog
  readonly node: NodeView
  readonly onClose: () => void
}

function Asking({ dialog, ...props }: AskingProps) {
  switch (dialog) {
    case 'put-back':
      return <PutBack {...props} />
    case 'capture':
      return <CaptureDialog {...props} />
    case 'try':
      return <TryDialog {...props} />
    case 'run':
      return <RunDialog {...props} />
    case 'check':
      return <CheckDialog {...props} />
    case 'wipe':
      return <WipeDialog {...props} />
    case 'hold':
    case 'reclaim':
      return <HoldDialog kind={dialog} {...props} />
    case 'retire':
      return <RetireConsent {...props} />
  }
}
