// The screens that have a place of their own: in the navigation and in the finder.
import { t } from '../words/index.ts'

export const PAGES = [
  ['/', t.nav.fleet],
  ['/jobs', t.nav.jobs],
  ['/images', t.nav.images],
  ['/profiles', t.nav.profiles],
  ['/classes', t.nav.classes],
  ['/doctor', t.nav.doctor],
  ['/events', t.nav.events],
  ['/rack', t.nav.rack],
] as const
