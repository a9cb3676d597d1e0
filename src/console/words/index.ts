// The texts in the language of the page.
import { en } from './en.ts'

export const t = en
