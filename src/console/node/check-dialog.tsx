// Tests the hardware of a node. Its disks are only read.
import { Checkbox, FormGroup, TextInput } from '@patternfly/react-core'
import { useState } from 'react'
import type { Schema } from '../../client/index.ts'
import type { NodeView } from '../app/api.ts'
import { Dialog } from '../parts/dialog.tsx'
import { t } from '../words/index.ts'
import { postJob } from './do-node.ts'

type Item = Schema<'CheckItem'>
const ITEMS: readonly Item[] = ['memory', 'processor', 'disk', 'network']
const MINUTES = /^[1-9]\d{0,3}$/

export function CheckDialog({ node, onClose }: { readonly node: NodeView; readonly onClose: () => void }) {
  const [items, setItems] = useState<readonly Item[]>(ITEMS)
  const [minutes, setMinutes] = useState('2')
  const toggle = (item: Item, isOn: boolean) => setItems(ITEMS.filter((each) => (each === item ? isOn : items.includes(each))))
  const run = () => {
    const seconds = Number(minutes) * 60
    const check = {
      items: [...items],
      memorySeconds: seconds,
      processorSeconds: seconds,
      diskSeconds: seconds,
      // A line is known after a few seconds.
      networkSeconds: 10,
    }
    return postJob({ kind: 'check', node: node.id, check })
  }
  return (
    <Dialog
      title={`${t.nodeDialogs.check}: ${node.name}`}
      action={t.nodeDialogs.check}
      isReady={items.length > 0 && MINUTES.test(minutes)}
      run={run}
      onClose={onClose}
    >
      <FormGroup role="group" isStack label={t.checking.items} fieldId="check-items">
        {ITEMS.map((item) => (
          <Checkbox
            key={item}
            id={`check-${item}`}
            label={t.checking.names[item]}
            isChecked={items.includes(item)}
            onChange={(_event, isOn) => toggle(item, isOn)}
          />
        ))}
      </FormGroup>
      <FormGroup label={t.checking.minutes} fieldId="check-minutes">
        <TextInput id="check-minutes" type="number" min={1} value={minutes} onChange={(_event, value) => setMinutes(value)} />
      </FormGroup>
    </Dialog>
  )
}
