// What a profile does between format and capture, in order, however it was written. Pure.
import type { Profile } from '../../contract/profile.ts'

export type BuildPart = NonNullable<Profile['steps']>[number]

export interface PlacedPart {
  readonly content: BuildPart
  /** Where its content stands in profile.yaml. */
  readonly path: readonly (string | number)[]
}

/** setup and activate, or steps: never both, which the parser sees to. */
export function buildParts({ setup, activate, steps = [] }: Profile): readonly PlacedPart[] {
  const parts: PlacedPart[] = []
  if (setup !== undefined) parts.push({ content: { setup }, path: ['setup'] })
  if (activate !== undefined) parts.push({ content: { activate }, path: ['activate'] })
  for (const [index, content] of steps.entries()) parts.push({ content, path: ['steps', index, Object.keys(content)[0]!] })
  return parts
}
