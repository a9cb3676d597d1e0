// The texts in the language of the page.
import { en } from './en.ts'
import { enAdmin } from './en-admin.ts'

export const t = { ...en, ...enAdmin }
