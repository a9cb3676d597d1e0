// The door of this room: what central keeps, and what each site needs of it.
import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import type { SiteClosure } from '../contract/central/closure.ts'
import type { ObjectKind, Site } from '../contract/central/objects.ts'
import type { NodeView } from '../contract/operator-api.ts'
import type { Architecture } from '../contract/values.ts'
import type { BootBuildService, ImageService, PackageService, Profiles } from '../library/index.ts'
import type { FunctionDesk } from '../orchestrator/index.ts'
import type { Clock, Events, Log, State } from '../store/index.ts'
import { CatalogueNow } from './catalogue.ts'
import { Closures } from './closures.ts'
import { type ObjectsNow, objectsNow } from './derive/objects-now.ts'
import { Functions } from './functions.ts'
import { explainRoutes } from './http/explain-routes.ts'
import { objectRoutes } from './http/object-routes.ts'
import { siteRoutes } from './http/site-routes.ts'
import { ObjectBook } from './objects/object-book.ts'
import { ObjectWatch } from './objects/object-watch.ts'
import { OwnNeeds } from './own-needs.ts'
import type { ClassPort, NodePort } from './ports.ts'
import { SitePlans, type StoredSizes } from './site-plans.ts'
import { type TakenItem, takeItem } from './take-item.ts'
import { Renderings } from './templates/renderings.ts'

export { type Follow, openFollow } from './follow/index.ts'
export type { ClosurePort, ObjectPort, OwnApiPort, OwnQuestion, SiteSettings } from './follow/ports.ts'
export type { ClassPort, NodePort } from './ports.ts'
export type { TakenItem } from './take-item.ts'

export interface CentralConfig {
  readonly dataDir: string
  /** The folder that people drop objects into. Left out: central/ in the data folder. */
  readonly centralDir?: string
}

export interface CentralDeps {
  readonly state: State
  readonly images: ImageService & StoredSizes['images']
  readonly packages: PackageService
  readonly profiles: Profiles
  readonly bootBuilds: BootBuildService
  readonly classes: ClassPort
  readonly nodes: NodePort
  readonly clock: Clock
  readonly events: Events
  readonly log: Log
}

export interface Central {
  readonly closures: Pick<Closures, 'of' | 'list' | 'body' | 'onChange'>
  /** What functions mean for machines. */
  readonly functions: FunctionDesk
  /** undefined: there is none of that name. */
  site(name: string): Site | undefined
  /** Why a version of an image must stay; undefined: no site needs it. */
  useOf(imageName: string, version: number): string | undefined
  useOfPackage(name: string, version: string): string | undefined
  /** Why a build of the boot OS must stay, as sentences; none: nobody here needs it. */
  whoWantsBoot(build: { readonly architecture: Architecture; readonly number: number }): readonly string[]
  /**
   * Puts an object, a class or a rule that came from the central that this appliance follows: the body of an item, checked like what a person
   * says. Throws CENTRAL_OBJECT_INVALID, and CENTRAL_OBJECT_FROM_ELSEWHERE when one of its own has the name.
   */
  take(item: TakenItem): Promise<void>
  /** The text of a template for a node; undefined: there is none of that name. Throws TEMPLATE_NOT_RENDERED. */
  renderFor(template: string, node: NodeView): string | undefined
  /** Mounted inside the operator API, which authenticates. */
  readonly operatorRoutes: FastifyPluginAsync
  start(): Promise<void>
  stop(): Promise<void>
}

export async function openCentral(config: CentralConfig, deps: CentralDeps): Promise<Central> {
  const { state, images, packages, profiles, bootBuilds, classes, nodes, clock, events, log } = deps
  const book = new ObjectBook({
    store: await state.collection('central-objects'),
    versions: await state.history('central-versions'),
    usedElsewhere: (kind, name) => classWith(classes, kind, name),
    clock,
  })
  const folder = config.centralDir ?? join(config.dataDir, 'central')
  const watch = new ObjectWatch({ folder, book, clock, log })
  const catalogue = new CatalogueNow({ images, packages, profiles, bootBuilds, events })
  const now = objectsFrom(book, classes)
  const stamp = (): string => `${book.changeCount()} ${classes.changeCount()} ${catalogue.stamp()}`
  const closures = new Closures({
    stamp,
    objects: now,
    catalogue: () => catalogue.now(),
    clock,
    log,
  })
  // The one definition that central gives of this appliance.
  const here = () =>
    book.list().flatMap(({ object, source }) => (object.kind === 'site' && source === 'central' ? [object] : []))[0]
  let stampSeen = ''
  let stamps = 0
  const functions = new Functions({
    changeCount: () => {
      const stamp = `${book.changeCount()} ${catalogue.stamp()}`
      if (stamp !== stampSeen) stamps++
      stampSeen = stamp
      return stamps
    },
    objectChanges: () => book.changeCount(),
    objects: now,
    catalogue: () => catalogue.now(),
    here,
  })
  const renderings = new Renderings({ book, objects: now, functions, here })
  const ownNeeds = new OwnNeeds({ stamp, objects: now, catalogue: () => catalogue.now(), here })
  // Of a site the book has its own definition as well: for that its functions answer.
  const others = () => closures.list().filter(({ site }) => site !== here()?.name)
  const whyStays = (kind: 'image' | 'package' | 'boot-build', name: string, version: string): string | undefined =>
    neededBy(others(), kind, name, version) ?? ownNeeds.whyStays(kind, name, version)
  const plans = new SitePlans({ closures, images, packages, profiles })

  return {
    closures,
    functions,
    site: (name) => book.lookUp('site', name)?.object as Site | undefined,
    useOf: (imageName, version) => whyStays('image', imageName, String(version)),
    useOfPackage: (name, version) => whyStays('package', name, version),
    whoWantsBoot({ architecture, number }) {
      const why = whyStays('boot-build', architecture, String(number))
      return why === undefined ? [] : [why]
    },
    take: (item) => takeItem(item, { book, classes }),
    renderFor(template, node) {
      if (book.lookUp('template', template) === undefined) return undefined
      return renderings.render(template, { node, ofNode: nodes.functionOf(node.name) }).text
    },
    operatorRoutes: async (app) => {
      await app.register(objectRoutes, { book, watch, folder })
      await app.register(siteRoutes, { closures, plans })
      await app.register(explainRoutes, { functions, renderings, nodes })
    },
    async start() {
      const look = (): void => closures.lookSoon()
      // A version that was imported, a tag that moved, a build that was made beside: each may be what a site needs.
      for (const source of [book, images, bootBuilds]) source.onChange(look)
      events.subscribe(look, ['package.added', 'package.removed', 'profile.loaded', 'job.changed'])
      await watch.start()
    },
    async stop() {
      closures.stop()
      await watch.stop()
    },
  }
}

/** Made anew only when something of it changed. */
function objectsFrom(book: ObjectBook, classes: ClassPort): () => ObjectsNow {
  let made: { readonly stamp: string; readonly now: ObjectsNow } | undefined
  return () => {
    const stamp = `${book.changeCount()} ${classes.changeCount()}`
    if (made?.stamp !== stamp)
      made = { stamp, now: objectsNow(book.kept(), { classes: classes.classes(), rules: classes.rules() }) }
    return made.now
  }
}

function neededBy(
  closures: readonly SiteClosure[],
  kind: 'image' | 'package' | 'boot-build',
  name: string,
  version: string,
): string | undefined {
  const closure = closures.find(({ items }) =>
    items.some((each) => each.kind === kind && each.name === name && each.version === version),
  )
  return closure === undefined ? undefined : `site ${closure.site} needs it`
}

function classWith(classes: ClassPort, kind: ObjectKind, name: string): string | undefined {
  if (kind !== 'function') return undefined
  const found = classes.classes().find((each) => each.function?.name === name)
  return found === undefined ? undefined : `class ${found.name}`
}
