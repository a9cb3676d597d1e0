// How rows of the operator API are written: with the least role that may ask. Pure.
import { OPERATOR_API_PREFIX } from '../operator-api.ts'
import type { Role } from '../people.ts'
import { rows, type Tag } from './row.ts'

export const operatorRows = (tag: Tag) =>
  rows<{ readonly role: Role }>(tag, OPERATOR_API_PREFIX, ({ role }) => ({ kind: 'operator', role }))
