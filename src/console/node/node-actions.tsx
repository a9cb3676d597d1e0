// What can be done to a node: the one thing most wanted as a button, the rest in a menu.
import { Button, Dropdown, DropdownItem, DropdownList, Flex, FlexItem, MenuToggle } from '@patternfly/react-core'
import EllipsisIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon'
import { type Ref, useState } from 'react'
import type { NodeView } from '../app/api.ts'
import { tellDone, tellRefused } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'
import { CaptureDialog } from './capture-dialog.tsx'
import { actionsFor, doToNode, type NodeActionKind, nameOfAction } from './do-node.ts'
import { PutBack } from './put-back.tsx'

export function NodeActions({ node }: { readonly node: NodeView }) {
  const [isOpen, setOpen] = useState(false)
  const [dialog, setDialog] = useState<'put-back' | 'capture'>()
  const run = async (kind: NodeActionKind) => {
    setOpen(false)
    try {
      await doToNode(kind, node)
      tellDone(t.actions.done(nameOfAction(kind)))
    } catch (error) {
      tellRefused(t.actions.refused(nameOfAction(kind)), error)
    }
  }
  const close = () => setDialog(undefined)
  const mayWork = node.state === 'approved'
  return (
    <Flex spaceItems={{ default: 'spaceItemsSm' }}>
      {node.state === 'discovered' ? (
        <FlexItem>
          <Button onClick={() => void run('approve')}>{t.actions.approve}</Button>
        </FlexItem>
      ) : undefined}
      {mayWork ? (
        <>
          <FlexItem>
            <Button onClick={() => setDialog('put-back')}>{t.actions.putBack}</Button>
          </FlexItem>
          <FlexItem>
            <Button variant="secondary" onClick={() => setDialog('capture')}>
              {t.actions.capture}
            </Button>
          </FlexItem>
        </>
      ) : undefined}
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
            {actionsFor(node).map((kind) => (
              <DropdownItem key={kind} onClick={() => void run(kind)}>
                {nameOfAction(kind)}
              </DropdownItem>
            ))}
          </DropdownList>
        </Dropdown>
      </FlexItem>
      {dialog === 'put-back' ? <PutBack node={node} onClose={close} /> : undefined}
      {dialog === 'capture' ? <CaptureDialog node={node} onClose={close} /> : undefined}
    </Flex>
  )
}
