// Chooses an image and one of its versions, the newest first.
import { FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core'
import { useEffect, useState } from 'react'
import type { ImageVersionView, ImageView } from '../app/api.ts'
import { t } from '../words/index.ts'
import { instant } from './format.ts'

interface VersionSelectProps {
  readonly images: readonly ImageView[]
  readonly preferred?: string | undefined
  readonly onChange: (version: ImageVersionView | undefined) => void
}

const labelOf = ({ version, createdAt, tags }: ImageVersionView): string => [`${version}`, instant(createdAt), ...tags].join(', ')

export function VersionSelect({ images, preferred, onChange }: VersionSelectProps) {
  const full = images.filter(({ versions }) => versions.length > 0)
  const [name, setName] = useState(full.find((image) => image.name === preferred)?.name ?? full[0]?.name)
  const [version, setVersion] = useState<number>()
  const versions = full.find((image) => image.name === name)?.versions.toReversed() ?? []
  const chosen = versions.find((each) => each.version === version) ?? versions[0]
  // biome-ignore lint/correctness/useExhaustiveDependencies: told when another one is chosen
  useEffect(() => onChange(chosen), [chosen?.imageName, chosen?.version])
  if (chosen === undefined) return <p>{t.putBack.noImages}</p>
  return (
    <>
      <FormGroup label={t.putBack.image} fieldId="version-image">
        <FormSelect
          id="version-image"
          value={chosen.imageName}
          onChange={(_event, value) => {
            setName(value)
            setVersion(undefined)
          }}
        >
          {full.map((image) => (
            <FormSelectOption key={image.name} value={image.name} label={image.name} />
          ))}
        </FormSelect>
      </FormGroup>
      <FormGroup label={t.putBack.version} fieldId="version-number">
        <FormSelect id="version-number" value={chosen.version} onChange={(_event, value) => setVersion(Number(value))}>
          {versions.map((each) => (
            <FormSelectOption key={each.version} value={each.version} label={labelOf(each)} />
          ))}
        </FormSelect>
      </FormGroup>
    </>
  )
}
