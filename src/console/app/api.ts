// The one client of the page, and the lists that most screens read.
import { QueryClient, useQuery } from '@tanstack/react-query'
import { createApiClient, ProblemError, type Schema, unwrap } from '../../client/index.ts'
import { session } from './session.ts'
import { APPLIANCE_URL } from './where.ts'

export type NodeView = Schema<'NodeView'>
export type JobView = Schema<'JobView'>
export type ImageView = Schema<'ImageView'>
export type ImageVersionView = Schema<'ImageVersionView'>
export type ProfileView = Schema<'ProfileView'>
export type NodeClassView = Schema<'NodeClassView'>
export type Finding = Schema<'Finding'>

export const api = createApiClient({ baseUrl: APPLIANCE_URL, token: session.token, onUnauthorised: session.end })

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Events keep the lists fresh (live.ts).
      staleTime: 60_000,
      retry: (failures, error) => failures < 3 && !(error instanceof ProblemError && error.problem.status >= 400),
    },
  },
})

export const KEYS = {
  nodes: ['nodes'],
  jobs: ['jobs'],
  images: ['images'],
  profiles: ['profiles'],
  classes: ['classes'],
  doctor: ['doctor'],
  rollOuts: ['roll-outs'],
  packages: ['packages'],
  users: ['users'],
  tokens: ['tokens'],
} as const

export const useNodes = () =>
  useQuery({ queryKey: KEYS.nodes, queryFn: async () => (await unwrap(api.GET('/api/v1/nodes'))).nodes })
export const useJobs = () => useQuery({ queryKey: KEYS.jobs, queryFn: async () => (await unwrap(api.GET('/api/v1/jobs'))).jobs })
export const useImages = () =>
  useQuery({ queryKey: KEYS.images, queryFn: async () => (await unwrap(api.GET('/api/v1/images'))).images })
export const useProfiles = () =>
  useQuery({ queryKey: KEYS.profiles, queryFn: async () => (await unwrap(api.GET('/api/v1/profiles'))).profiles })
export const useClasses = () =>
  useQuery({ queryKey: KEYS.classes, queryFn: async () => (await unwrap(api.GET('/api/v1/classes'))).classes })
export const useRollOuts = () =>
  useQuery({ queryKey: KEYS.rollOuts, queryFn: async () => (await unwrap(api.GET('/api/v1/roll-outs'))).rollOuts })
export const usePackages = () => useQuery({ queryKey: KEYS.packages, queryFn: () => unwrap(api.GET('/api/v1/packages')) })
export const useUsers = () =>
  useQuery({ queryKey: KEYS.users, queryFn: async () => (await unwrap(api.GET('/api/v1/users'))).users })
export const useTokens = () =>
  useQuery({ queryKey: KEYS.tokens, queryFn: async () => (await unwrap(api.GET('/api/v1/tokens'))).tokens })
export const useFindings = () =>
  useQuery({
    queryKey: KEYS.doctor,
    queryFn: async () => (await unwrap(api.GET('/api/v1/doctor'))).findings,
    refetchInterval: 30_000,
  })
export const useHealth = () =>
  useQuery({
    queryKey: ['health'],
    queryFn: async () => {
      // 503 tells the same, with a part that is down.
      const { data, error } = await api.GET('/healthz')
      return data ?? (error as unknown as Schema<'HealthView'>)
    },
    refetchInterval: 15_000,
  })
