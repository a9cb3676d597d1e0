// Functions, distributions, their profiles, templates, files and sites as a person's tools see them. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type TObject, Type } from 'typebox'
import {
  CentralFunction,
  type CentralObject,
  ConfigurationFile,
  Distribution,
  DistributionProfile,
  ObjectFolderReport,
  type ObjectKind,
  ObjectList,
  ObjectView,
  Site,
  Template,
} from '../../contract/central/objects.ts'
import { AppError } from '../../contract/errors.ts'
import { Name } from '../../contract/values.ts'
import { mistakesIn } from '../objects/mistakes.ts'
import type { ObjectBook } from '../objects/object-book.ts'
import { viewOf } from '../objects/object-record.ts'
import type { ObjectWatch } from '../objects/object-watch.ts'
import { commandOf, kindWord } from '../objects/object-words.ts'

interface ObjectRoutesDeps {
  readonly book: ObjectBook
  readonly watch: ObjectWatch
  readonly folder: string
}

const NameParams = Type.Object({ name: Name })
const VersionQuery = Type.Object(
  { version: Type.Optional(Type.Integer({ minimum: 1, description: 'As it was. Left out: as it is.' })) },
  { additionalProperties: false },
)
/** What a PUT says: kind and name stand in the path. */
const bodyOf = (schema: TObject) => Type.Omit(schema, ['kind', 'name'], { additionalProperties: false })

const KINDS: readonly (readonly [path: string, kind: ObjectKind, body: TObject])[] = [
  ['functions', 'function', bodyOf(CentralFunction)],
  ['distributions', 'distribution', bodyOf(Distribution)],
  ['distribution-profiles', 'distribution-profile', bodyOf(DistributionProfile)],
  ['templates', 'template', bodyOf(Template)],
  ['configuration-files', 'file', bodyOf(ConfigurationFile)],
  ['site-definitions', 'site', bodyOf(Site)],
]

export const objectRoutes: FastifyPluginAsyncTypebox<ObjectRoutesDeps> = async (app, { book, watch, folder }) => {
  const report = (): ObjectFolderReport => ({ folder, files: watch.files(), problems: [...watch.problems()] })

  for (const [path, kind, body] of KINDS) {
    app.get(`/${path}`, { schema: { response: { 200: ObjectList } } }, async () => ({
      objects: book
        .list()
        .filter(({ object }) => object.kind === kind)
        .map((record) => {
          const { object, ...kept } = viewOf(record)
          return { ...kept, name: object.name, ...(object.title === undefined ? {} : { title: object.title }) }
        }),
    }))

    app.get(
      `/${path}/:name`,
      { schema: { params: NameParams, querystring: VersionQuery, response: { 200: ObjectView } } },
      async ({ params: { name }, query: { version } }) => {
        const record = book.find(kind, name)
        if (version === undefined || version === record.version) return viewOf(record)
        return { ...viewOf(record), version, object: await book.version(kind, name, version) }
      },
    )

    app.put(
      `/${path}/:name`,
      { schema: { params: NameParams, body, response: { 200: ObjectView } } },
      async ({ params: { name }, body: said }) => {
        const object = { kind, name, ...said } as CentralObject
        refuseMistakes(object)
        return viewOf(await book.put(object, { source: 'set' }))
      },
    )

    app.delete(
      `/${path}/:name`,
      { schema: { params: NameParams, response: { 204: Type.Null() } } },
      async ({ params: { name } }, reply) => {
        await book.remove(kind, name)
        return reply.code(204).send(null)
      },
    )
  }

  app.get('/central-folder', { schema: { response: { 200: ObjectFolderReport } } }, async () => report())

  app.post('/central-folder/check', { schema: { response: { 200: ObjectFolderReport } } }, async () => {
    await watch.look(true)
    return report()
  })
}

function refuseMistakes(object: CentralObject): void {
  const told = mistakesIn(object).map(([path, reason]) => (path.length === 0 ? reason : `${path.join('.')}: ${reason}`))
  if (told.length === 0) return
  throw new AppError(
    'CENTRAL_OBJECT_INVALID',
    `${kindWord(object.kind)} ${object.name} has mistakes: ${told.join('; ')}`,
    `Mend it, then say it again. What is there tells \`platen ${commandOf(object.kind)} show ${object.name}\`.`,
  )
}
