// Runs a script on a node: in the boot OS, or inside of the system on its disk.
import { Checkbox, FormGroup, TextArea } from '@patternfly/react-core'
import { useState } from 'react'
import type { NodeView } from '../app/api.ts'
import { Dialog } from '../parts/dialog.tsx'
import { t } from '../words/index.ts'
import { keepRunFile, postJob } from './do-node.ts'

const FIRST_LINE = '#!/bin/sh\n'

export function RunDialog({ node, onClose }: { readonly node: NodeView; readonly onClose: () => void }) {
  const [script, setScript] = useState(FIRST_LINE)
  const [inRoot, setInRoot] = useState(false)
  const run = async () => {
    const digest = await keepRunFile(script)
    await postJob({ kind: 'run', node: node.id, run: { files: [{ path: 'script', digest, isScript: true }], inRoot } })
  }
  return (
    <Dialog
      title={`${t.nodeDialogs.run}: ${node.name}`}
      action={t.nodeDialogs.run}
      size="medium"
      isReady={script.startsWith('#!') && script.trim() !== FIRST_LINE.trim()}
      focusId="run-script"
      run={run}
      onClose={onClose}
    >
      <FormGroup label={t.running.script} fieldId="run-script" isRequired>
        <TextArea
          id="run-script"
          className="pl-script"
          rows={10}
          resizeOrientation="vertical"
          value={script}
          onChange={(_event, value) => setScript(value)}
          spellCheck={false}
        />
      </FormGroup>
      <Checkbox
        id="run-in-root"
        label={t.running.inRoot}
        description={t.running.inRootSays}
        isChecked={inRoot}
        onChange={(_event, isOn) => setInRoot(isOn)}
      />
    </Dialog>
  )
}
