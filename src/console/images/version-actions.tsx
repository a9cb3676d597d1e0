// Tag and remove one version.
import {
  Button,
  Dropdown,
  DropdownItem,
  DropdownList,
  Form,
  FormGroup,
  MenuToggle,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from '@patternfly/react-core'
import EllipsisIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon'
import { useMutation } from '@tanstack/react-query'
import { type Ref, useState } from 'react'
import type { ImageVersionView } from '../app/api.ts'
import { Consent } from '../parts/consent.tsx'
import { ProblemAlert } from '../parts/problem.tsx'
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
  const setting = useMutation({ mutationFn: () => setTag(version, tag), onSuccess: onClose })
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label={t.images.tag} elementToFocus="#tag-name">
      <ModalHeader title={`${t.images.tag}: ${version.imageName}@${version.version}`} />
      <ModalBody>
        <Form
          onSubmit={(event) => {
            event.preventDefault()
            setting.mutate()
          }}
        >
          <FormGroup label={t.images.tagName} fieldId="tag-name" isRequired>
            <TextInput id="tag-name" value={tag} onChange={(_event, value) => setName(value)} isRequired />
          </FormGroup>
          {setting.error === null ? undefined : <ProblemAlert error={setting.error} />}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button isDisabled={tag === ''} isLoading={setting.isPending} onClick={() => setting.mutate()}>
          {t.images.tag}
        </Button>
        <Button variant="link" onClick={onClose}>
          {t.common.cancel}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
