// How people call the kinds of objects. Pure.
import type { ObjectKind } from '../../contract/central/objects.ts'

const WORDS: Record<ObjectKind, { readonly word: string; readonly command: string }> = {
  function: { word: 'function', command: 'function' },
  distribution: { word: 'distribution', command: 'distribution' },
  'distribution-profile': { word: 'distribution profile', command: 'distribution-profile' },
  template: { word: 'template', command: 'template' },
  file: { word: 'configuration file', command: 'configuration-file' },
  site: { word: 'site', command: 'site' },
}

export const kindWord = (kind: ObjectKind): string => WORDS[kind].word
/** The first words of its commands. */
export const commandOf = (kind: ObjectKind): string => WORDS[kind].command
