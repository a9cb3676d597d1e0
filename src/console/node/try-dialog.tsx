// Lets a node run a version in its memory; its disk stays as it is.
import { useState } from 'react'
import { type ImageVersionView, type NodeView, useImages } from '../app/api.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Asked } from '../parts/screen.tsx'
import { VersionSelect } from '../parts/version-select.tsx'
import { t } from '../words/index.ts'
import { postJob } from './do-node.ts'

export function TryDialog({ node, onClose }: { readonly node: NodeView; readonly onClose: () => void }) {
  const [chosen, setChosen] = useState<ImageVersionView>()
  return (
    <Dialog
      title={`${t.nodeDialogs.try}: ${node.name}`}
      action={t.nodeDialogs.try}
      isReady={chosen !== undefined}
      run={async () => {
        if (chosen !== undefined) await postJob({ kind: 'try', node: node.id, image: chosen.imageName, version: chosen.version })
      }}
      onClose={onClose}
    >
      <p>{t.trying.says(node.name)}</p>
      <Asked of={useImages()}>
        {(images) => <VersionSelect images={images} preferred={node.installed?.imageName} onChange={setChosen} />}
      </Asked>
    </Dialog>
  )
}
