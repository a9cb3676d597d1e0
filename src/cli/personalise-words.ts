// How commands speak of what copies of a Linux get of their own: options, and what was said. Pure.
import type { PersonaliseWish } from '../contract/personalise.ts'
import { type OptionSpecs, usage, type Values } from './arguments.ts'

export const PERSONALISE_OPTIONS = {
  personalise: {
    type: 'boolean',
    description: 'deploy: the copy of a Linux gets the name of its node, a machine-id and SSH host keys of its own.',
  },
  'no-personalise': { type: 'boolean', description: 'deploy: it gets none of them, whatever its class or its profile says.' },
} as const satisfies OptionSpecs

export function personaliseWish(
  command: string,
  {
    personalise,
    'no-personalise': none,
    hostname,
  }: Values<typeof PERSONALISE_OPTIONS> & { readonly hostname?: string | undefined },
): PersonaliseWish | undefined {
  const isWished = personalise || hostname !== undefined
  if (isWished && none) throw usage(command, 'with --no-personalise the copy has nothing of its own: leave one of the two out')
  if (isWished) return hostname === undefined ? {} : { hostname }
  return none ? false : undefined
}

export function personaliseText(wish: PersonaliseWish): string {
  if (wish === false) return 'nothing'
  const { hostname, machineId, sshHostKeys, platenNode, cloudInit } = wish
  const parts = [
    ...(hostname === false ? [] : [hostname === undefined ? 'hostname' : `hostname ${hostname}`]),
    ...(machineId === false ? [] : ['machine-id']),
    ...(sshHostKeys === false ? [] : ['SSH host keys']),
    ...(platenNode === false ? [] : ['platen-node']),
    ...(cloudInit === undefined ? [] : ['cloud-init seed']),
  ]
  return parts.join(', ') || 'nothing'
}
