// The part of the operator API about sites and the central of an appliance, over HTTP.
import { type Static, type TSchema, Type } from 'typebox'
import { CentralView, SiteCode, SiteDetail, SiteList, SiteUpdates } from '../../contract/central/follow-api.ts'
import { AppError } from '../../contract/errors.ts'
import { OPERATOR_API_PREFIX } from '../../contract/operator-api.ts'

export interface SiteApi {
  sites(): Promise<SiteList>
  site(name: string): Promise<SiteDetail>
  /** The code is in the answer, and never again. */
  addSiteCode(name: string, minutes: number): Promise<SiteCode>
  moveSite(name: string, url: string, code: string): Promise<void>
  retireSite(name: string): Promise<void>
  resumeSite(name: string): Promise<void>
  setSiteUpdates(updates: SiteUpdates): Promise<SiteUpdates>
  central(): Promise<CentralView>
  joinCentral(url: string, code: string): Promise<CentralView>
  leaveCentral(): Promise<void>
}

type Ask = <T extends TSchema>(method: string, path: string, answer: T, body?: unknown) => Promise<Static<T>>

const NOTHING = Type.Void()

export function createSiteClient(ask: Ask): SiteApi {
  const at = (name: string) => `/sites/${encodeURIComponent(name)}`
  return {
    sites: () => ask('GET', '/sites', SiteList),
    site: (name) => ask('GET', at(name), SiteDetail),
    addSiteCode: (name, minutes) => ask('POST', `${at(name)}/code`, SiteCode, { minutes }),
    moveSite: (name, url, code) => ask('POST', `${at(name)}/move`, NOTHING, { url, code }),
    retireSite: (name) => ask('POST', `${at(name)}/retire`, NOTHING),
    resumeSite: (name) => ask('POST', `${at(name)}/resume`, NOTHING),
    setSiteUpdates: (updates) => ask('PUT', '/site-updates', SiteUpdates, updates),
    central: () => ask('GET', '/central', CentralView),
    joinCentral: (url, code) => ask('POST', '/central/join', CentralView, { url, code }),
    leaveCentral: () => ask('DELETE', '/central', NOTHING),
  }
}

/** Where the operator API begins, of the appliance itself or of a site below it. */
export function apiOfSite(site: string | undefined): string {
  const names = site?.split('/').filter((name) => name !== '') ?? []
  return [OPERATOR_API_PREFIX, ...names.map((name) => `/sites/${encodeURIComponent(name)}/api`)].join('')
}

/** Throws SITE_REQUEST_NOT_RELAYED for a site: what is asked there moves whole images. */
export function ownUrl(url: string, site: string | undefined): string {
  if (site === undefined) return url
  throw new AppError(
    'SITE_REQUEST_NOT_RELAYED',
    `whole images do not travel through the line of site ${site}`,
    'Ask the site itself: --url URL instead of --site.',
  )
}
