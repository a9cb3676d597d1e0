// The texts in the language of the page.
import { en } from './en.ts'
import { enAdmin } from './en-admin.ts'
import { enNode } from './en-node.ts'
import { enSite } from './en-site.ts'
import { enWork } from './en-work.ts'

export const t = { ...en, ...enAdmin, ...enNode, ...enSite, ...enWork }
