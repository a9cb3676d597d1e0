// The words of `job add` as the job that the appliance is asked for. Pure.
import type { ReadAs } from '../contract/image.ts'
import type { JobRequest } from '../contract/job.ts'
import type { NewJob } from './api.ts'
import { type OptionSpecs, usage, type Values, wholeNumber } from './arguments.ts'
import { packageWord } from './package/package-api.ts'
import { PERSONALISE_OPTIONS, personaliseWish } from './personalise-words.ts'
import { variablesOf } from './variables.ts'

const KINDS: readonly JobRequest['kind'][] = ['build', 'capture', 'deploy', 'heal', 'try', 'packages']
const PICKS = ['smallest', 'largest'] as const
const FIRMWARE = ['bios', 'uefi'] as const
export const READINGS: readonly ReadAs[] = ['gpt', 'mbr', 'filesystem', 'raw']
const WHEN_DONE: readonly JobRequest['whenDone'][] = ['reboot', 'stay', 'power-off']

export const NEW_JOB_OPTIONS = {
  node: { type: 'string', value: 'NODE', description: 'Id or name of the machine. build: left out, any approved one that fits.' },
  profile: { type: 'string', value: 'NAME', description: 'build: the profile.' },
  image: { type: 'string', value: 'NAME', description: 'capture, deploy, heal, try: the image.' },
  version: { type: 'string', value: 'N', description: 'deploy, heal, try: the version; left out, the newest.' },
  'disk-serial': { type: 'string', value: 'SERIAL', description: 'The disk, when the machine has several.' },
  'disk-wwn': { type: 'string', value: 'WWN', description: 'The disk, by its world wide name.' },
  'disk-by-path': { type: 'string', value: 'PATH', description: 'The disk, by where it is plugged in: pci-0000:00:04.0.' },
  'disk-model': { type: 'string', value: 'MODEL', description: 'The disk, by its model.' },
  'disk-min-bytes': { type: 'string', value: 'N', description: 'The disk, by its size: not smaller than this.' },
  'disk-pick': {
    type: 'string',
    value: 'WHICH',
    description: 'Of the disks that are left: smallest or largest. Default: the only one.',
  },
  'more-disk-serial': {
    type: 'string',
    multiple: true,
    value: 'SERIAL',
    description: 'capture, deploy, heal: a further disk of an image of several, in its order; repeatable.',
  },
  grow: {
    type: 'string',
    value: 'PARTITION',
    description: 'capture: name or number of the partition that grows on larger disks. Default: the last that can.',
  },
  'keep-sizes': { type: 'boolean', description: 'deploy: partitions keep the size of the image on a larger disk.' },
  'new-guids': { type: 'boolean', description: 'deploy: the copy gets disk and partition ids of its own.' },
  'no-discard': { type: 'boolean', description: 'deploy: leave the blocks that nobody uses as they are.' },
  ...PERSONALISE_OPTIONS,
  package: {
    type: 'string',
    multiple: true,
    value: 'NAME@RANGE',
    description: 'deploy, packages: software that is installed; without a range the newest that fits. Repeatable.',
  },
  'remove-package': {
    type: 'string',
    multiple: true,
    value: 'NAME',
    description: 'packages: software that is removed; repeatable.',
  },
  'check-packages': { type: 'boolean', description: 'packages: look whether all that the machine has is as it was installed.' },
  hostname: { type: 'string', value: 'NAME', description: 'deploy: like --personalise, with this name.' },
  'erase-foreign-data': {
    type: 'boolean',
    description: 'Erase a disk even when it holds data that this system did not put there.',
  },
  'include-unknown': { type: 'boolean', description: 'capture: copy partitions with an unknown filesystem block by block.' },
  as: {
    type: 'string',
    value: 'READING',
    description: `capture: how to read a disk that can be read in more than one way: ${READINGS.join(', ')}.`,
  },
  'include-broken': {
    type: 'boolean',
    description: 'capture: copy a filesystem that its own check finds broken as it is; the image says so.',
  },
  verify: {
    type: 'string',
    value: 'DEPTH',
    description: "deploy: how much the filesystems' own checks look at afterwards: quick or full. Default: quick.",
  },
  var: {
    type: 'string',
    multiple: true,
    value: 'NAME=TEXT',
    description: "Another value for one of the profile's variables; repeatable.",
  },
  priority: { type: 'string', value: 'N', description: 'Higher runs first. Default: 0.' },
  'max-attempts': { type: 'string', value: 'N', description: 'How often it is tried. Default: 3.' },
  'accept-timeout': {
    type: 'string',
    value: 'SECONDS',
    description: 'Whoever watches is told when nobody took it for so long.',
  },
  'when-not-accepted': {
    type: 'string',
    value: 'WHAT',
    description: 'What becomes of it then: keep it in the queue, or remove it. Default: keep.',
  },
  'complete-timeout': { type: 'string', value: 'SECONDS', description: 'Taken, but not complete after so long: reclaimed.' },
  'when-not-completed': {
    type: 'string',
    value: 'WHAT',
    description: 'What becomes of it then: retry while attempts are left, or remove it. Default: retry.',
  },
  'when-done': {
    type: 'string',
    value: 'WHAT',
    description: `What the machine does then: ${WHEN_DONE.join(', ')}. Default: reboot.`,
  },
  'need-class': { type: 'string', value: 'CLASS', description: 'Only a machine of this node class takes it.' },
  'need-config-type': {
    type: 'string',
    value: 'TYPE',
    description: 'Only a machine that builds this type of configuration takes it.',
  },
  'need-tag': { type: 'string', multiple: true, value: 'TAG', description: 'Only a machine with this tag takes it; repeatable.' },
  'need-firmware': { type: 'string', value: 'NAME', description: 'Only a machine with this firmware takes it: bios or uefi.' },
  after: { type: 'string', multiple: true, value: 'JOB', description: 'Offered once this job has succeeded; repeatable.' },
  held: { type: 'boolean', description: 'Not offered before `platen job resume`.' },
  'step-retries': {
    type: 'string',
    value: 'N',
    description: 'How often a failed step is tried again on the same machine. Default: 0.',
  },
  title: { type: 'string', value: 'TEXT', description: 'For people: what it is for.' },
} as const satisfies OptionSpecs

export function newJob(kind: string, values: Values<typeof NEW_JOB_OPTIONS>): NewJob {
  const number = (name: 'version' | 'priority' | 'max-attempts' | 'accept-timeout' | 'complete-timeout' | 'step-retries') =>
    wholeNumber(name, values[name])
  return {
    kind: oneOf(KINDS, kind, 'job add'),
    node: values.node,
    profile: values.profile,
    image: values.image,
    version: number('version'),
    disk: diskOf(values),
    moreDisks: values['more-disk-serial'].length > 0 ? values['more-disk-serial'].map((serial) => ({ serial })) : undefined,
    grow: values.grow,
    keepSizes: values['keep-sizes'] || undefined,
    newGuids: values['new-guids'] || undefined,
    discard: values['no-discard'] ? false : undefined,
    personalise: personaliseWish('job add', values),
    packages: values.package.length > 0 ? values.package.map(packageWord) : undefined,
    removePackages: values['remove-package'].length > 0 ? [...values['remove-package']] : undefined,
    checkPackages: values['check-packages'] || undefined,
    eraseForeignData: values['erase-foreign-data'] || undefined,
    includeUnknown: values['include-unknown'] || undefined,
    includeBroken: values['include-broken'] || undefined,
    verify: chosen(['quick', 'full'], values.verify, '--verify'),
    as: chosen(READINGS, values.as, '--as'),
    variables: variablesOf('job add', values.var),
    priority: number('priority'),
    maxAttempts: number('max-attempts'),
    acceptTimeoutSeconds: number('accept-timeout'),
    whenNotAccepted: chosen(['keep', 'remove'], values['when-not-accepted'], '--when-not-accepted'),
    completeTimeoutSeconds: number('complete-timeout'),
    whenNotCompleted: chosen(['retry', 'remove'], values['when-not-completed'], '--when-not-completed'),
    needs: needsOf(values),
    after: values.after.length > 0 ? [...values.after] : undefined,
    held: values.held || undefined,
    stepRetries: number('step-retries'),
    title: values.title,
    whenDone: chosen(WHEN_DONE, values['when-done'], '--when-done'),
  }
}

function chosen<T extends string>(choices: readonly T[], text: string | undefined, what: string): T | undefined {
  return text === undefined ? undefined : oneOf(choices, text, what)
}

function oneOf<T extends string>(choices: readonly T[], text: string, what: string): T {
  const choice = choices.find((one) => one === text)
  if (choice === undefined) throw usage('job add', `${what} takes ${choices.join(', ')}, not "${text}"`)
  return choice
}

function diskOf(values: Values<typeof NEW_JOB_OPTIONS>): JobRequest['disk'] {
  const { 'disk-serial': serial, 'disk-wwn': wwn, 'disk-by-path': byPath, 'disk-model': model } = values
  const minSizeBytes = wholeNumber('disk-min-bytes', values['disk-min-bytes'])
  const pick = chosen(PICKS, values['disk-pick'], '--disk-pick')
  const hint = {
    ...(serial && { serial }),
    ...(wwn && { wwn }),
    ...(byPath && { byPath }),
    ...(model && { model }),
    ...(minSizeBytes !== undefined && { minSizeBytes }),
    ...(pick && { pick }),
  }
  return Object.keys(hint).length > 0 ? hint : undefined
}

function needsOf(values: Values<typeof NEW_JOB_OPTIONS>): JobRequest['needs'] {
  const { 'need-class': nodeClass, 'need-config-type': configType, 'need-tag': tags } = values
  const firmware = values['need-firmware'] === undefined ? undefined : oneOf(FIRMWARE, values['need-firmware'], '--need-firmware')
  const needs = {
    ...(nodeClass && { nodeClass }),
    ...(configType && { configType }),
    ...(tags.length > 0 && { tags: [...tags] }),
    ...(firmware && { firmware }),
  }
  return Object.keys(needs).length > 0 ? needs : undefined
}
