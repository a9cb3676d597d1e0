// Puts a node back to a version: which there are, what each differs by, how long it took last time; then consent by the node's name.
import {
  Button,
  Checkbox,
  FormGroup,
  FormSelect,
  FormSelectOption,
  Label,
  LabelGroup,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
} from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { unwrap } from '../../client/index.ts'
import { api, type ImageVersionView, type JobView, type NodeView, useImages, useJobs } from '../app/api.ts'
import { Consent } from '../parts/consent.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { bytes, duration, instant } from '../parts/format.ts'
import { Asked } from '../parts/screen.tsx'
import { t } from '../words/index.ts'
import { postJob } from './do-node.ts'
import { lastDeploySeconds } from './last-deploy.ts'

export function PutBack({ node, onClose }: { readonly node: NodeView; readonly onClose: () => void }) {
  const images = useImages()
  const [name, setName] = useState(node.installed?.imageName)
  const [chosen, setChosen] = useState<ImageVersionView>()
  const [erasesForeign, setErasesForeign] = useState(false)
  const jobs = useJobs().data ?? []
  if (chosen !== undefined) {
    const what = `${chosen.imageName}@${chosen.version}`
    return (
      <Consent
        title={t.putBack.title(node.name)}
        action={t.putBack.go}
        typed={{ label: t.common.typeName(node.name), text: node.name }}
        onClose={onClose}
        run={() => {
          const { imageName: image, version } = chosen
          return postJob({ kind: 'deploy', node: node.id, image, version, eraseForeignData: erasesForeign })
        }}
      >
        <p>{t.putBack.erases(node.name, what)}</p>
        <Checkbox
          id="erases-foreign"
          label={t.putBack.foreign}
          isChecked={erasesForeign}
          onChange={(_event, isChecked) => setErasesForeign(isChecked)}
        />
      </Consent>
    )
  }
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-label={t.putBack.title(node.name)}>
      <ModalHeader title={t.putBack.title(node.name)} />
      <ModalBody>
        <Asked of={images}>
          {(all) => {
            const image = all.find((each) => each.name === name) ?? all[0]
            if (image === undefined) return <p>{t.putBack.noImages}</p>
            return (
              <>
                <FormGroup label={t.putBack.image} fieldId="put-back-image">
                  <FormSelect id="put-back-image" value={image.name} onChange={(_event, value) => setName(value)}>
                    {all.map((each) => (
                      <FormSelectOption key={each.name} value={each.name} label={each.name} />
                    ))}
                  </FormSelect>
                </FormGroup>
                <Versions node={node} versions={image.versions.toReversed()} jobs={jobs} onChoose={setChosen} />
              </>
            )
          }}
        </Asked>
      </ModalBody>
      <ModalFooter>
        <Button variant="link" onClick={onClose}>
          {t.common.cancel}
        </Button>
      </ModalFooter>
    </Modal>
  )
}

interface VersionsProps {
  readonly node: NodeView
  readonly versions: readonly ImageVersionView[]
  readonly jobs: readonly JobView[]
  readonly onChoose: (version: ImageVersionView) => void
}

function Versions({ node, versions, jobs, onChoose }: VersionsProps) {
  return (
    <DataTable
      label={t.putBack.version}
      rows={versions}
      keyOf={({ version }) => String(version)}
      empty={{ title: t.putBack.noImages }}
      columns={[
        { key: 'version', head: t.putBack.version, cell: ({ version }) => version, width: 10 },
        { key: 'made', isFit: true, head: t.putBack.made, cell: ({ createdAt }) => instant(createdAt) },
        {
          key: 'tags',
          head: t.putBack.tags,
          isMinor: true,
          cell: ({ tags }) =>
            tags.length === 0 ? undefined : (
              <LabelGroup aria-label={t.putBack.tags}>
                {tags.map((tag) => (
                  <Label key={tag} isCompact>
                    {tag}
                  </Label>
                ))}
              </LabelGroup>
            ),
        },
        { key: 'differs', head: t.putBack.differs, cell: (version) => <Differs node={node} version={version} jobs={jobs} /> },
        {
          key: 'choose',
          isFit: true,
          head: t.putBack.choose,
          cell: (version) => (
            <Button variant="secondary" size="sm" onClick={() => onChoose(version)}>
              {t.putBack.choose}
            </Button>
          ),
        },
      ]}
    />
  )
}

/** Against what the node runs: the bytes that will move at most; and how long the same took before. */
function Differs({
  node,
  version: { imageName, version, usedBytes },
  jobs,
}: {
  readonly node: NodeView
  readonly version: ImageVersionView
  readonly jobs: readonly JobView[]
}) {
  const from = node.installed?.imageName === imageName ? node.installed.version : undefined
  const diff = useQuery({
    queryKey: ['diff', imageName, from, version],
    enabled: from !== undefined && from !== version,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/images/{imageName}/diff/{from}/{to}', {
          params: { path: { imageName, from: String(from), to: String(version) } as never },
        }),
      ),
  })
  if (from === version) return t.putBack.same
  const took = lastDeploySeconds(jobs, node.id, imageName, version)
  const size = from === undefined ? bytes(usedBytes) : diff.data === undefined ? '…' : bytes(diff.data.changedBytes)
  return (
    <>
      {size}
      {took === undefined ? undefined : <div className="pl-dim">{t.putBack.took(duration(took))}</div>}
    </>
  )
}
