// Erases disks of a node for ever, with proof: which disks, said one by one; then consent by the node's name.
import { Alert, Checkbox, FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core'
import { useState } from 'react'
import type { Schema } from '../../client/index.ts'
import type { NodeView } from '../app/api.ts'
import { Consent } from '../parts/consent.tsx'
import { t } from '../words/index.ts'
import { type DiskHint, diskWords, hintOf } from './disk-words.ts'
import { postJob } from './do-node.ts'

type Method = Schema<'WipeMethod'>
const METHODS = Object.keys(t.wiping.methods) as Method[]

export function WipeDialog({ node, onClose }: { readonly node: NodeView; readonly onClose: () => void }) {
  const disks = node.inventory.disks.filter(({ isReadOnly }) => !isReadOnly)
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [method, setMethod] = useState<Method | ''>('')
  const erased = disks.filter(({ devicePath }) => chosen.includes(devicePath))
  const hints = erased.map(hintOf).filter((hint): hint is DiskHint => hint !== undefined)
  const run = () => {
    const [disk, ...moreDisks] = hints
    return postJob({
      kind: 'wipe',
      node: node.id,
      ...(disk === undefined ? {} : { disk }),
      ...(moreDisks.length === 0 ? {} : { moreDisks }),
      wipe: method === '' ? {} : { method },
      eraseForeignData: true,
      whenDone: 'power-off',
    })
  }
  return (
    <Consent
      title={`${t.nodeDialogs.wipe}: ${node.name}`}
      action={t.nodeDialogs.wipe}
      typed={{ label: t.common.typeName(node.name), text: node.name }}
      isReady={hints.length > 0 && hints.length === erased.length}
      run={run}
      onClose={onClose}
    >
      <FormGroup role="group" isStack label={t.wiping.disks} fieldId="wipe-disks">
        {disks.length === 0 ? <p>{t.wiping.noDisks}</p> : undefined}
        {disks.map((disk) => (
          <Checkbox
            key={disk.devicePath}
            id={`wipe-${disk.devicePath}`}
            label={diskWords(disk)}
            isDisabled={hintOf(disk) === undefined}
            isChecked={chosen.includes(disk.devicePath)}
            onChange={(_event, isOn) =>
              setChosen([...chosen.filter((path) => path !== disk.devicePath), ...(isOn ? [disk.devicePath] : [])])
            }
          />
        ))}
      </FormGroup>
      <FormGroup label={t.wiping.method} fieldId="wipe-method" className="pl-gap">
        <FormSelect id="wipe-method" value={method} onChange={(_event, value) => setMethod(value as Method | '')}>
          <FormSelectOption value="" label={t.wiping.best} />
          {METHODS.map((each) => (
            <FormSelectOption key={each} value={each} label={t.wiping.methods[each]} />
          ))}
        </FormSelect>
      </FormGroup>
      {erased.length === 0 ? undefined : (
        <Alert className="pl-gap" variant="danger" isInline title={t.wiping.says(node.name, erased.length)} component="p">
          {erased.map(diskWords).join('; ')}
          {node.installed === undefined
            ? undefined
            : `. ${t.wiping.runs(`${node.installed.imageName}@${node.installed.version}`)}`}
        </Alert>
      )}
    </Consent>
  )
}
