// Which screen an address shows. Each screen is loaded when it is first looked at.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { NotFound, Shell } from './shell.tsx'
import { CONSOLE_PATH } from './where.ts'

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound })

/** What stands behind the question mark: filters of the fleet. Unknown fields are dropped. */
export interface FleetSearch {
  readonly q?: string
  readonly state?: string
  readonly class?: string
  readonly doing?: string
  readonly by?: string
  readonly down?: boolean
  readonly view?: 'racks'
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

function fleetSearch(given: Record<string, unknown>): FleetSearch {
  const fields = {
    q: text(given.q),
    state: text(given.state),
    class: text(given.class),
    doing: text(given.doing),
    by: text(given.by),
  }
  const said = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  return { ...said, ...(given.down === true ? { down: true } : {}), ...(given.view === 'racks' ? { view: 'racks' } : {}) }
}

export const fleetRoute = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: fleetSearch,
  component: lazyRouteComponent(() => import('../fleet/fleet-screen.tsx'), 'FleetScreen'),
})
export const nodeRoute = createRoute({
  getParentRoute: () => root,
  path: '/nodes/$node',
  component: lazyRouteComponent(() => import('../node/node-screen.tsx'), 'NodeScreen'),
})
export const jobsRoute = createRoute({
  getParentRoute: () => root,
  path: '/jobs',
  component: lazyRouteComponent(() => import('../jobs/jobs-screen.tsx'), 'JobsScreen'),
})
export const jobRoute = createRoute({
  getParentRoute: () => root,
  path: '/jobs/$job',
  component: lazyRouteComponent(() => import('../jobs/job-screen.tsx'), 'JobScreen'),
})
export const imagesRoute = createRoute({
  getParentRoute: () => root,
  path: '/images',
  component: lazyRouteComponent(() => import('../images/images-screen.tsx'), 'ImagesScreen'),
})
export const imageRoute = createRoute({
  getParentRoute: () => root,
  path: '/images/$image',
  component: lazyRouteComponent(() => import('../images/image-screen.tsx'), 'ImageScreen'),
})
export const filesRoute = createRoute({
  getParentRoute: () => root,
  path: '/images/$image/files/$version',
  validateSearch: (given: Record<string, unknown>): { readonly path?: string } => {
    const path = text(given.path)
    return path === undefined ? {} : { path }
  },
  component: lazyRouteComponent(() => import('../images/files-screen.tsx'), 'FilesScreen'),
})
export const profilesRoute = createRoute({
  getParentRoute: () => root,
  path: '/profiles',
  component: lazyRouteComponent(() => import('../profiles/profiles-screen.tsx'), 'ProfilesScreen'),
})
export const classesRoute = createRoute({
  getParentRoute: () => root,
  path: '/classes',
  component: lazyRouteComponent(() => import('../classes/classes-screen.tsx'), 'ClassesScreen'),
})
export const doctorRoute = createRoute({
  getParentRoute: () => root,
  path: '/doctor',
  component: lazyRouteComponent(() => import('../doctor/doctor-screen.tsx'), 'DoctorScreen'),
})
export const eventsRoute = createRoute({
  getParentRoute: () => root,
  path: '/events',
  component: lazyRouteComponent(() => import('../doctor/events-screen.tsx'), 'EventsScreen'),
})
const rollOutsRoute = createRoute({
  getParentRoute: () => root,
  path: '/roll-outs',
  component: lazyRouteComponent(() => import('../roll-outs/roll-outs-screen.tsx'), 'RollOutsScreen'),
})
const packagesRoute = createRoute({
  getParentRoute: () => root,
  path: '/packages',
  component: lazyRouteComponent(() => import('../packages/packages-screen.tsx'), 'PackagesScreen'),
})
const accessRoute = createRoute({
  getParentRoute: () => root,
  path: '/access',
  component: lazyRouteComponent(() => import('../access/access-screen.tsx'), 'AccessScreen'),
})
const sitesRoute = createRoute({
  getParentRoute: () => root,
  path: '/sites',
  component: lazyRouteComponent(() => import('../sites/sites-screen.tsx'), 'SitesScreen'),
})
export const siteRoute = createRoute({
  getParentRoute: () => root,
  path: '/sites/$site',
  component: lazyRouteComponent(() => import('../sites/site-screen.tsx'), 'SiteScreen'),
})
const bootBuildsRoute = createRoute({
  getParentRoute: () => root,
  path: '/boot-builds',
  component: lazyRouteComponent(() => import('../boot-builds/boot-builds-screen.tsx'), 'BootBuildsScreen'),
})
const settingsRoute = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('../settings/settings-screen.tsx'), 'SettingsScreen'),
})
const functionsRoute = createRoute({
  getParentRoute: () => root,
  path: '/functions',
  component: lazyRouteComponent(() => import('../functions/functions-screen.tsx'), 'FunctionsScreen'),
})
const chartsRoute = createRoute({
  getParentRoute: () => root,
  path: '/charts',
  component: lazyRouteComponent(() => import('../charts/charts-screen.tsx'), 'ChartsScreen'),
})
const auditRoute = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  component: lazyRouteComponent(() => import('../access/audit-screen.tsx'), 'AuditScreen'),
})
export const rackRoute = createRoute({
  getParentRoute: () => root,
  path: '/rack',
  component: lazyRouteComponent(() => import('../rack/rack-screen.tsx'), 'RackScreen'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    fleetRoute,
    nodeRoute,
    jobsRoute,
    jobRoute,
    imagesRoute,
    imageRoute,
    filesRoute,
    profilesRoute,
    classesRoute,
    doctorRoute,
    eventsRoute,
    rackRoute,
    rollOutsRoute,
    packagesRoute,
    accessRoute,
    auditRoute,
    sitesRoute,
    siteRoute,
    bootBuildsRoute,
    settingsRoute,
    functionsRoute,
    chartsRoute,
  ]),
  basepath: CONSOLE_PATH,
  defaultPreload: 'intent',
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
