// Tag and remove one version.
import { Dropdown, DropdownItem, DropdownList, FormGroup, MenuToggle, TextInput } from '@patternfly/react-core'
import EllipsisIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon'
import { type Ref, useState } from 'react'
import type { ImageVersionView } from '../app/api.ts'
import { Consent } from '../parts/consent.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { t } from '../words/index.ts'
import { removeVersion, setTag } from './do-image.ts'

export function VersionActions({ version }: { readonly version: ImageVersionView }) {
  const [isOpen, setOpen] = useState(false)
  const [dialog, setDialog] = useState<'tag' | 'remove'>()
  const name = `${version.imageName}@${version.version}`
  const open = (which: 'tag' | 'remove') => {
    setOpen(false)
    setDialog(which)
  }
  const close = () => setDialog(undefined)
  return (
    <>
      <Dropdown
        isOpen={isOpen}
        onOpenChange={setOpen}
        popperProps={{ position: 'right', appendTo: () => document.body }}
        toggle={(ref: Ref<HTMLButtonElement>) => (
          <MenuToggle
            ref={ref}
            variant="plain"
            aria-label={`${t.common.actions}: ${name}`}
            onClick={() => setOpen(!isOpen)}
            isExpanded={isOpen}
          >
            <EllipsisIcon />
          </MenuToggle>
        )}
      >
        <DropdownList>
          <DropdownItem onClick={() => open('tag')}>{t.images.tag}</DropdownItem>
          <DropdownItem isDanger onClick={() => open('remove')}>
            {t.images.remove}
          </DropdownItem>
        </DropdownList>
      </Dropdown>
      {dialog === 'tag' ? <TagDialog version={version} onClose={close} /> : undefined}
      {dialog === 'remove' ? (
        <Consent
          title={`${t.images.remove} ${name}`}
          action={t.images.remove}
          typed={{ label: t.common.typeName(name), text: name }}
          run={() => removeVersion(version)}
          onClose={close}
        >
          {t.images.removeText(name)}
        </Consent>
      ) : undefined}
    </>
  )
}

function TagDialog({ version, onClose }: { readonly version: ImageVersionView; readonly onClose: () => void }) {
  const [tag, setName] = useState('')
  return (
    <Dialog
      title={`${t.images.tag}: ${version.imageName}@${version.version}`}
      action={t.images.tag}
      isReady={tag !== ''}
      focusId="tag-name"
      run={() => setTag(version, tag)}
      onClose={onClose}
    >
      <FormGroup label={t.images.tagName} fieldId="tag-name" isRequired>
        <TextInput id="tag-name" value={tag} onChange={(_event, value) => setName(value)} isRequired />
      </FormGroup>
    </Dialog>
  )
}
