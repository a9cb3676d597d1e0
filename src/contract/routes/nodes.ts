// Routes of nodes, node classes and approval rules. Pure.
import type { ErrorCode } from '../errors.ts'
import { operatorRows } from './operator-rows.ts'
import { HELLO_BYTES, JSON_BYTES, type Route, rows, SMALL_BYTES } from './row.ts'

const row = operatorRows('nodes')
const named: readonly ErrorCode[] = ['NODE_NOT_FOUND']
const renamed: readonly ErrorCode[] = [...named, 'NODE_NAME_INVALID', 'NODE_NAME_TAKEN']
const ofClass: readonly ErrorCode[] = ['NODE_CLASS_NOT_FOUND']
const image: readonly ErrorCode[] = ['IMAGE_NOT_FOUND', 'IMAGE_VERSION_NOT_FOUND']
const back: readonly ErrorCode[] = [...image, 'IMAGE_RECORD_DAMAGED', 'NODE_RAN_NOTHING_ELSE']
const moved: readonly ErrorCode[] = ['NODE_BUSY', 'NODE_NOT_APPROVED', 'IMAGE_ARCHITECTURE_DIFFERS', 'IMAGE_MANIFEST_INVALID']
const rollOut: readonly ErrorCode[] = ['ROLL_OUT_NOT_FOUND']
const steered: readonly ErrorCode[] = [...rollOut, 'ROLL_OUT_OVER']
/** Ten thousand expected machines. */
const RULE_BYTES = 8 * 1024 * 1024

export const NODE_ROUTES: readonly Route[] = [
  row('GET', '/nodes', 'listNodes', 'All nodes', { role: 'viewer' }),
  row('GET', '/nodes/:node', 'getNode', 'One node', { role: 'viewer', errors: named }),
  row('GET', '/nodes/:node/boots', 'getNodeBoots', 'How a node booted lately, step by step', { role: 'viewer', errors: named }),
  row('PATCH', '/nodes/:node', 'changeNode', 'Rename a node, or change what people say of it', {
    role: 'technician',
    body: JSON_BYTES,
    errors: renamed,
  }),
  row('POST', '/nodes/:node/approve', 'approveNode', 'Allow jobs on a node, and name it', {
    role: 'operator',
    body: JSON_BYTES,
    errors: renamed,
  }),
  row('POST', '/nodes/:node/hold', 'holdNode', 'Give a node no further job', {
    role: 'technician',
    body: SMALL_BYTES,
    errors: named,
  }),
  row('POST', '/nodes/:node/release', 'releaseNode', 'End the hold of a node', {
    role: 'technician',
    errors: [...named, 'NODE_NOT_HELD'],
  }),
  row('POST', '/nodes/:node/prove', 'proveNode', 'Have its disk looked at in its next boot, in the boot OS', {
    role: 'technician',
    errors: named,
  }),
  row('POST', '/nodes/:node/reclaim', 'reclaimNode', 'Take its job away, boot it, and hold it', {
    role: 'operator',
    body: SMALL_BYTES,
    errors: named,
  }),
  row('POST', '/nodes/:node/restart', 'restartNode', 'Restart a node that runs its own system, over SSH', {
    role: 'technician',
    body: SMALL_BYTES,
    errors: [
      ...named,
      'NODE_IN_BOOT_OS',
      'NODE_ADDRESS_UNKNOWN',
      'NODE_SSH_UNREACHABLE',
      'NODE_SSH_REFUSED',
      'NODE_SSH_HOST_KEY_CHANGED',
      'NODE_RESTART_FAILED',
    ],
  }),
  row('GET', '/ssh-key', 'getSshKey', 'The key by which the appliance logs into nodes', { role: 'viewer' }),
  row('POST', '/nodes/:node/retire', 'retireNode', 'Take a node out of service for good', { role: 'operator', errors: named }),
  row('POST', '/nodes/:node/merge', 'mergeNode', 'Make two nodes one, where they are one machine', {
    role: 'operator',
    body: SMALL_BYTES,
    errors: [...named, 'NODE_MERGE_REFUSED', 'NODE_BUSY'],
  }),
  row('POST', '/nodes/:node/split', 'splitNode', 'Make the machine that boots from one address a node of its own', {
    role: 'operator',
    body: SMALL_BYTES,
    errors: [...renamed, 'NODE_SPLIT_REFUSED', 'NODE_BUSY'],
  }),

  row('GET', '/classes', 'listClasses', 'All node classes and who is in them', { role: 'viewer' }),
  row('GET', '/classes/:name', 'getClass', 'One node class', { role: 'viewer', errors: ofClass }),
  row('PUT', '/classes/:name', 'setClass', 'Make or replace a node class', {
    role: 'operator',
    body: JSON_BYTES,
    errors: [...image, 'REQUEST_INVALID'],
  }),
  row('DELETE', '/classes/:name', 'removeClass', 'Remove a node class; its nodes stay', { role: 'operator', errors: ofClass }),
  row('POST', '/classes/:name/deploy', 'deployToClass', 'Deploy an image to every node of a class', {
    role: 'operator',
    body: SMALL_BYTES,
    errors: [
      ...ofClass,
      ...image,
      'NODE_CLASS_COUNT_DISAGREES',
      'NODE_CLASS_WANTS_NOTHING',
      'NODE_NOT_APPROVED',
      'NODE_NOT_FOUND',
      'IMAGE_ARCHITECTURE_DIFFERS',
      'IMAGE_MANIFEST_INVALID',
      'JOB_REQUEST_INVALID',
    ],
  }),

  row('GET', '/nodes/:node/wanted', 'getWanted', 'What a node should run, who says so, and what it has', {
    role: 'viewer',
    errors: named,
  }),
  row('PUT', '/nodes/:node/wanted', 'setWanted', 'Say what one node should run, over what its classes say', {
    role: 'operator',
    body: SMALL_BYTES,
    errors: [...named, ...image],
  }),
  row('GET', '/nodes/:node/history', 'getNodeHistory', 'What ran on a node from when to when', { role: 'viewer', errors: named }),
  row('GET', '/nodes/:node/roll-back', 'planNodeRollBack', 'What a roll-back of a node would move', {
    role: 'viewer',
    errors: [...named, ...back],
  }),
  row('POST', '/nodes/:node/roll-back', 'rollBackNode', 'Bring a node back to the version before, or to any that is kept', {
    role: 'operator',
    body: SMALL_BYTES,
    errors: [...named, ...back, ...moved],
  }),
  row('GET', '/classes/:name/roll-back', 'planClassRollBack', 'What a roll-back of a class would move', {
    role: 'viewer',
    errors: [...ofClass, ...image, 'IMAGE_RECORD_DAMAGED'],
  }),
  row('POST', '/classes/:name/roll-back', 'rollBackClass', 'Bring a class back to the version before, or to any that is kept', {
    role: 'operator',
    body: SMALL_BYTES,
    errors: [...ofClass, ...image, ...moved, 'NODE_CLASS_COUNT_DISAGREES'],
  }),

  row('POST', '/classes/:name/roll-outs', 'beginRollOut', 'Bring a version to the nodes of a class, ring by ring', {
    role: 'operator',
    body: JSON_BYTES,
    errors: [...ofClass, ...image, 'ROLL_OUT_UNDER_WAY'],
  }),
  row('POST', '/classes/:name/roll-out-plans', 'planRollOut', 'What a roll-out would move', {
    role: 'operator',
    body: JSON_BYTES,
    errors: [...ofClass, ...image, 'IMAGE_RECORD_DAMAGED'],
  }),
  row('GET', '/roll-outs', 'listRollOuts', 'All roll-outs, newest first', { role: 'viewer' }),
  row('GET', '/roll-outs/:id', 'getRollOut', 'One roll-out, and how its nodes are', { role: 'viewer', errors: rollOut }),
  row('POST', '/roll-outs/:id/pause', 'pauseRollOut', 'Let no further node begin', { role: 'operator', errors: steered }),
  row('POST', '/roll-outs/:id/resume', 'resumeRollOut', 'Go on, also after too many failures', {
    role: 'operator',
    errors: steered,
  }),
  row('POST', '/roll-outs/:id/abort', 'abortRollOut', 'Put back all nodes that moved', { role: 'operator', errors: steered }),

  row('GET', '/approval-rules', 'listApprovalRules', 'Rules that approve nodes', { role: 'viewer' }),
  row('POST', '/approval-rules', 'addApprovalRule', 'Approve the nodes that this speaks of, now and later', {
    role: 'operator',
    body: RULE_BYTES,
  }),
  row('DELETE', '/approval-rules/:id', 'removeApprovalRule', 'End a rule; what it approved stays', {
    role: 'operator',
    errors: ['NODE_RULE_NOT_FOUND'],
  }),
  rows<object>('nodes', '', () => ({ kind: 'operator', role: 'technician', takesBasic: true }))(
    'POST',
    '/redfish-events',
    'tellRedfishEvents',
    'Events of the management controller of a machine, as its Redfish EventService sends them',
    { body: HELLO_BYTES, errors: ['NODE_NOT_FOUND'] },
  ),
]
