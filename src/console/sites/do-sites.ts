// Sites as they are read, and what an operator does to what comes to them.
import { useQuery } from '@tanstack/react-query'
import { ProblemError, type Schema, unwrap } from '../../client/index.ts'
import { api, queries } from '../app/api.ts'

const SITES = ['sites']
/** Sites tell how they stand now and then, without an event here. */
const AGAIN_MS = 10_000

export const useSites = () =>
  useQuery({ queryKey: SITES, queryFn: () => unwrap(api.GET('/api/v1/sites')), refetchInterval: AGAIN_MS })

export const useSite = (site: string) =>
  useQuery({
    queryKey: [...SITES, site],
    queryFn: () => unwrap(api.GET('/api/v1/sites/{site}', { params: { path: { site } } })),
    refetchInterval: AGAIN_MS,
  })

/** null: nobody said what the site is to have. */
export const useSitePlan = (name: string) =>
  useQuery({
    queryKey: [...SITES, name, 'plan'],
    queryFn: async () => {
      try {
        return await unwrap(api.GET('/api/v1/site-definitions/{name}/plan', { params: { path: { name } } }))
      } catch (error) {
        if (error instanceof ProblemError && error.problem.status === 404) return null
        throw error
      }
    },
  })

export async function setUpdates(updates: Schema<'SiteUpdates'>): Promise<void> {
  await unwrap(api.PUT('/api/v1/site-updates', { body: updates }))
  await queries.invalidateQueries({ queryKey: SITES })
}

export async function resumeSite(site: string): Promise<void> {
  await unwrap(api.POST('/api/v1/sites/{site}/resume', { params: { path: { site } } }))
  await queries.invalidateQueries({ queryKey: SITES })
}
