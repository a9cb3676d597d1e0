// A machine whose address the wire has proven, as tests that speak over loopback need it.
import type { NeighbourTable } from '../../src/netboot/index.ts'

export const PROVEN = { peer: '127.0.0.1', standing: { kind: 'proven', by: 'lease' } } as const

/** Every address resolves to whichever card is asked for: all machines of a test speak from 127.0.0.1. */
export const EVERYBODYS_ADDRESS: NeighbourTable = { at: async (_address, mac) => ({ kind: 'on-link', mac }) }
