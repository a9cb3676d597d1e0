// What a kind of thing is to a composite bundle: how it is taken out of an appliance, held against what another one has, and put in there. The port
// that every kind implements; what belongs to other rooms implements it there.
import type { TSchema } from 'typebox'
import type { BundleEntry, BundleKind } from '../../contract/bundle.ts'
import type { PackageRelation } from '../../contract/package.ts'
import type { Architecture } from '../../contract/values.ts'

/** What something does not work without. */
export type Need =
  | { readonly kind: BundleKind; readonly name: string }
  /** The newest version, whatever its number. */
  | { readonly kind: 'newest-image'; readonly imageName: string }
  /** What a class or node wants installed, with what that requires. */
  | {
      readonly kind: 'packages-for'
      readonly packages: readonly PackageRelation[]
      readonly features: readonly string[]
      /** Empty: of every type. */
      readonly architectures: readonly Architecture[]
    }

export interface Taken {
  /** JSON, without secrets. */
  readonly value: unknown
  readonly leftOut?: readonly string[]
  readonly needs?: readonly Need[]
  /** Of an image version: zstd-compressed. */
  readonly manifest?: Buffer
  /** Where the bytes of its files lie now. */
  readonly files?: readonly { readonly digest: string; readonly sizeBytes: number; readonly path: string }[]
}

export type Standing =
  | { readonly kind: 'new' }
  | { readonly kind: 'equal' }
  /** As a sentence: "web@3 is here with other content". */
  | { readonly kind: 'conflict'; readonly because: string }

/** Where the bytes of a bundle that was brought lie until it is installed. */
export interface Staged {
  manifestPath(digest: string): string
  filePath(digest: string): string
}

export interface BundleThing {
  readonly kind: BundleKind
  /** Of `value`. */
  readonly schema: TSchema
  names(): readonly string[]
  /** undefined: it went away meanwhile. */
  take(name: string): Promise<Taken | undefined>
  /** What a schema cannot say; a sentence. undefined: it is whole. */
  faultOf?(entry: BundleEntry, staged: Staged): Promise<string | undefined>
  /** What must be here or in the bundle, or it cannot be put. */
  needsOf?(entry: BundleEntry): readonly { readonly kind: BundleKind; readonly name: string }[]
  standing(entry: BundleEntry): Promise<Standing>
  /** The last look before anything is listed, when all chunks are in the store. Throws. */
  check?(entry: BundleEntry, staged: Staged): Promise<void>
  /** Does nothing when what is there is equal; throws BUNDLE_CONFLICT when another is. On disk when it answers. */
  put(entry: BundleEntry, staged: Staged): Promise<void>
  /** What is here, whole, with secrets: to be kept aside. Left out: content of this kind never changes, and nothing takes its place. */
  whatIsHere?(entry: BundleEntry): Promise<unknown>
  /** In its place. A profile keeps its folder aside by itself. */
  replace?(entry: BundleEntry, staged: Staged): Promise<void>
}
