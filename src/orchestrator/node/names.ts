// Names of nodes: what may be one, and whose it is. Pure.
import { AppError } from '../../contract/errors.ts'

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/

/** The name, or the reason why this node cannot have it. */
export function freeName(name: string, nodeId: string, ownerOf: (name: string) => string | undefined): string {
  if (!NAME.test(name)) {
    const hint = 'Use lower-case letters, digits, dots, dashes and underscores, at most 63.'
    throw new AppError('NODE_NAME_INVALID', `"${name}" cannot name a node`, hint)
  }
  const owner = ownerOf(name)
  if (owner === undefined || owner === nodeId) return name
  const hint = 'Choose another name, or rename that one first with `platen node rename`.'
  throw new AppError('NODE_NAME_TAKEN', `another node is called ${name}`, hint)
}
