// The screens that have a place of their own: in the navigation and in the finder.
import { t } from '../words/index.ts'

export const PAGES = [
  ['/', t.nav.fleet],
  ['/jobs', t.nav.jobs],
  ['/images', t.nav.images],
  ['/profiles', t.nav.profiles],
  ['/classes', t.nav.classes],
  ['/functions', t.nav.functions],
  ['/roll-outs', t.nav.rollOuts],
  ['/packages', t.nav.packages],
  ['/boot-builds', t.nav.bootBuilds],
  ['/sites', t.nav.sites],
  ['/charts', t.nav.charts],
  ['/doctor', t.nav.doctor],
  ['/events', t.nav.events],
  ['/access', t.nav.access],
  ['/audit', t.nav.audit],
  ['/settings', t.nav.settings],
  ['/rack', t.nav.rack],
] as const
