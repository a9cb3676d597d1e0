// Somebody who asks under the operator API, once they have proven who they are. Pure.
import type { CallerView, Role, Scope } from '../contract/people.ts'

export interface Caller {
  readonly name: string
  readonly role: Role
  readonly by: CallerView['by']
  /** Left out: all machines. */
  readonly scope?: Scope
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set in the scope of the operator API, before anything of a room runs. */
    caller: Caller
  }
}

/** What a request shows of itself. */
export interface Shown {
  /** Of an Authorization header; empty: none. */
  readonly secret: string
  /** Of the cookie; empty: none. */
  readonly session: string
}

/** As a part of a record: none is left out. */
export const scopeOf = (scope: Scope | undefined): { readonly scope?: Scope } => (scope === undefined ? {} : { scope })
