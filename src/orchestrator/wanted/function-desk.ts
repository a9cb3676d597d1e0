// What a function means for a machine: asked by this room, answered by whoever keeps functions. Types only.
import type { ConfiguredFile } from '../../contract/configuration.ts'
import type { Inventory } from '../../contract/inventory.ts'
import type { FunctionWish, Wanted } from '../../contract/wanted.ts'

/** What of a machine a function may ask for. */
export type FunctionMachine = Pick<Inventory, 'architecture' | 'firmware' | 'memoryBytes' | 'disks' | 'smbios'>

export type FunctionMeaning =
  /** from: as a sentence has it, "function web (debian-web by standard)". */
  | { readonly kind: 'means'; readonly wanted: Wanted; readonly from: string }
  | { readonly kind: 'refused'; readonly reason: string }

/** What of a node a template may speak of. */
export interface FunctionNode {
  readonly id: string
  readonly name: string
  readonly tags?: readonly string[]
  readonly location?: string
  readonly inventory: Inventory
}

/** A configuration file of a function, rendered for one node. */
export type FunctionFile = Omit<ConfiguredFile, 'digest'> & { readonly text: string }

export type FunctionFiles =
  | { readonly kind: 'rendered'; readonly files: readonly FunctionFile[] }
  /** A template fails, or is not there. */
  | { readonly kind: 'refused'; readonly reason: string }

export interface FunctionDesk {
  /** Grows with each change of what meaningOf gives. */
  changeCount(): number
  /** Grows with each change of what filesOf gives for the same node: less often. */
  fileChangeCount(): number
  /** From memory. */
  meaningOf(wish: FunctionWish, machine: FunctionMachine): FunctionMeaning
  /** Files that a node gets by its function, each place once. Renders them. */
  filesOf(wish: FunctionWish, node: FunctionNode): FunctionFiles
  /** Templates and files by name, for any machine here: templates with the parameters of the one function that names them. Renders them. */
  filesNamed(names: readonly string[]): FunctionFiles
  /** Throws why the wish can never be met here: there is no such function, a parameter is wrong, or (machine) its needs are not met. */
  refuse(wish: FunctionWish, machine?: FunctionMachine & { readonly name: string }): void
}
