// What a function means for a machine: asked by this room, answered by whoever keeps functions. Types only.
import type { Inventory } from '../../contract/inventory.ts'
import type { FunctionWish, Wanted } from '../../contract/wanted.ts'

/** What of a machine a function may ask for. */
export type FunctionMachine = Pick<Inventory, 'architecture' | 'firmware' | 'memoryBytes' | 'disks' | 'smbios'>

export type FunctionMeaning =
  /** from: as a sentence has it, "function web (debian-web by standard)". */
  | { readonly kind: 'means'; readonly wanted: Wanted; readonly from: string }
  | { readonly kind: 'refused'; readonly reason: string }

export interface FunctionDesk {
  /** Grows with each change of what meaningOf gives. */
  changeCount(): number
  /** From memory. */
  meaningOf(wish: FunctionWish, machine: FunctionMachine): FunctionMeaning
  /** Throws why the wish can never be met here: there is no such function, a parameter is wrong, or (machine) its needs are not met. */
  refuse(wish: FunctionWish, machine?: FunctionMachine & { readonly name: string }): void
}
