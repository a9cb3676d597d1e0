// Finds anything by what a person types, and goes there: Ctrl K, arrows, Enter.
import { Menu, MenuContent, MenuItem, MenuList, Modal, ModalBody, ModalHeader, SearchInput } from '@patternfly/react-core'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, useMemo, useState } from 'react'
import { matches, wordsOfNode } from '../fleet/filter.ts'
import { titleOfJob } from '../jobs/job-words.ts'
import { t } from '../words/index.ts'
import { useImages, useJobs, useNodes, useProfiles } from './api.ts'
import { PAGES } from './pages.ts'

interface Found {
  readonly key: string
  readonly name: string
  readonly about: string
  readonly to: string
}

const SHOWN = 12
export function Finder({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const found = useFound(text)
  const navigate = useNavigate()
  const go = ({ to }: Found) => {
    onClose()
    void navigate({ to })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      setActive((active + step + found.length) % Math.max(found.length, 1))
    }
    const chosen = found[active]
    if (event.key === 'Enter' && chosen !== undefined) go(chosen)
  }
  return (
    <Modal isOpen variant="small" position="top" onClose={onClose} aria-label={t.find.title} elementToFocus="#finder">
      <ModalHeader title={t.find.title} />
      <ModalBody>
        <SearchInput
          searchInputId="finder"
          value={text}
          placeholder={t.find.hint}
          aria-label={t.find.hint}
          onChange={(_event, value) => {
            setText(value)
            setActive(0)
          }}
          onKeyDown={onKeyDown}
        />
        <Menu isPlain isScrollable activeItemId={found[active]?.key ?? ''} aria-label={t.find.title}>
          <MenuContent>
            <MenuList>
              {found.length === 0 ? <MenuItem isDisabled>{t.find.nothing}</MenuItem> : undefined}
              {found.map((item, n) => (
                <MenuItem
                  key={item.key}
                  itemId={item.key}
                  description={item.about}
                  isFocused={n === active}
                  onClick={() => go(item)}
                >
                  {item.name}
                </MenuItem>
              ))}
            </MenuList>
          </MenuContent>
        </Menu>
      </ModalBody>
    </Modal>
  )
}

function useFound(text: string): readonly Found[] {
  const nodes = useNodes().data
  const jobs = useJobs().data
  const images = useImages().data
  const profiles = useProfiles().data
  return useMemo(() => {
    const all: Found[] = [
      ...PAGES.filter(([, name]) => matches([name], text)).map(([to, name]) => ({ key: to, name, about: '', to })),
      ...(nodes ?? [])
        .filter((node) => text !== '' && matches(wordsOfNode(node), text))
        .map((node) => ({ key: `node ${node.id}`, name: node.name, about: t.states[node.state], to: `/nodes/${node.id}` })),
      ...(images ?? [])
        .filter(({ name }) => text !== '' && matches([name], text))
        .map(({ name }) => ({ key: `image ${name}`, name, about: t.images.title, to: `/images/${name}` })),
      ...(profiles ?? [])
        .filter(({ name, title }) => text !== '' && matches([name, title ?? ''], text))
        .map(({ name }) => ({ key: `profile ${name}`, name, about: t.profiles.title, to: '/profiles' })),
      ...(jobs ?? [])
        .filter((job) => text !== '' && matches([job.id, titleOfJob(job), job.nodeName ?? ''], text))
        .map((job) => ({ key: `job ${job.id}`, name: titleOfJob(job), about: t.jobStates[job.state], to: `/jobs/${job.id}` })),
    ]
    return all.slice(0, SHOWN)
  }, [text, nodes, jobs, images, profiles])
}
