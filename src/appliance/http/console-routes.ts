// The console: a page and its files, built by `npm run console`. It holds nothing of this appliance: what it shows it asks for at the
// operator API, like any other client.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'

/** Where `npm run console` puts it. */
export const CONSOLE_DIR = join(import.meta.dirname, '../../console/built')

const PREFIX = '/console/'

/** Nothing from elsewhere, nothing inline. base-uri: see pageAt. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "media-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(self)',
}

const YEAR_SECONDS = 31_536_000

export function consoleRoutes(dir: string = CONSOLE_DIR): FastifyPluginAsync {
  return async (app) => {
    if (!existsSync(join(dir, 'index.html'))) {
      const how = 'The console is not built. Run `npm run setup` (or `npm run console`) in the folder of Platen and restart it.\n'
      const answer = { schema: { hide: true } }
      app.get('/console', answer, async (_request, reply) => reply.code(404).type('text/plain').send(how))
      app.get(`${PREFIX}*`, answer, async (_request, reply) => reply.code(404).type('text/plain').send(how))
      return
    }
    const page = readFileSync(join(dir, 'index.html'), 'utf8')
    const files = new Set(readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/')))
    await app.register(fastifyStatic, { root: dir, serve: false, preCompressed: true })
    app.get('/console', { schema: { hide: true } }, async (_request, reply) => reply.redirect('console/'))
    app.get<{ Params: { '*': string } }>(`${PREFIX}*`, { schema: { hide: true } }, async (request, reply) => {
      const path = request.params['*']
      reply.headers(HEADERS)
      if (files.has(path) && path !== 'index.html' && path.includes('.')) {
        // Their names change with their content.
        const isNamedByContent = path.startsWith('assets/')
        return reply.sendFile(path, { maxAge: isNamedByContent ? YEAR_SECONDS * 1000 : 0, immutable: isNamedByContent })
      }
      if (path.startsWith('assets/')) return reply.code(404).type('text/plain').send('no such file\n')
      return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(pageAt(page, path))
    })
  }
}

/** Every address below /console/ is the same page. Where it stands it is told by how deep it was asked for, so that a proxy may put all of it under any path. */
export function pageAt(page: string, path: string): string {
  const depth = path.split('/').length - 1
  return page.replace('<head>', `<head>\n    <base href="${depth === 0 ? './' : '../'.repeat(depth)}" />`)
}
