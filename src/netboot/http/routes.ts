// What machines without an OS fetch over HTTP: their script, loaders, kernel and initrds. Any spelling of the path, no redirects.

import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { queryOf, readTarget } from '../../contract/request-target.ts'
import type { AnswerScript, ScriptClient } from '../answer-script.ts'
import { bootOsPlace } from '../boot-os-file.ts'
import type { NetbootEventLog } from '../events.ts'
import { clientOfGrub, grubAskerOf } from '../grub-script-name.ts'
import type { LoaderFlavour } from '../loader-path.ts'
import { flavourOf, splitLoaderPath } from '../loader-path.ts'
import { normalisePath } from '../served-file.ts'
import { grubScript, grubStub } from '../tftp/grub-script.ts'
import { autoexecScript, bootScript } from './ipxe-script.ts'
import { sendFile, sendLength } from './send-file.ts'
import { siteDhcpPage } from './site-dhcp-page.ts'

export interface RoutesDeps {
  readonly bootDir: string
  readonly httpPort: number
  readonly answerScript: AnswerScript
  readonly events: NetbootEventLog
  readonly onLoaderFetched: (mac: string, flavour: LoaderFlavour) => void
}

export function netbootRoutes(deps: RoutesDeps): FastifyPluginAsync {
  return async (app) => {
    // //loader/x.efi and /loader//x.efi reach the wildcard of the root; fastify's own 404 would send firmware away.
    for (const url of ['/boot/*', '/grub/*', '/loader/*', '/boot-os/*', '/autoexec.ipxe', '/site-dhcp', '//*']) {
      app.route({
        method: ['GET', 'HEAD'],
        url,
        schema: { hide: true } as object,
        handler: (request, reply) => answer(deps, request, reply),
      })
    }
  }
}

async function answer(deps: RoutesDeps, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const path = normalisePath(decoded(pathOf(readTarget(request.url).origin)))
  const [room = '', ...rest] = path?.split('/') ?? []
  const file = rest.join('/')
  if (room === 'boot') return sendScript(deps, file, request, reply)
  if (path === 'grub/grub.cfg') return sendToGrub(reply, grubStub())
  if (room === 'autoexec.ipxe' || rest.at(-1) === 'autoexec.ipxe')
    return sendText(reply, autoexecScript(httpBaseOf(request, deps.httpPort)))
  if (room === 'site-dhcp') return sendText(reply, sitePage(httpBaseOf(request, deps.httpPort)))
  if (room === 'loader') return sendLoader(deps, file, request, reply)
  const place = bootOsPlace(path ?? '')
  if (place !== undefined) return sendFile(deps, { root: join(deps.bootDir, place.folder), name: place.name }, request, reply)
  return refuse(deps, request, reply, 'nothing is served under this path')
}

async function sendLoader(deps: RoutesDeps, path: string, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { mac, file } = splitLoaderPath(path)
  const sent = await sendFile(deps, { root: join(deps.bootDir, 'loaders'), name: file, shownAs: path }, request, reply)
  // Firmware asks with HEAD for the size first; only what it really fetched can fail to call back.
  if (mac !== undefined && request.method === 'GET' && reply.statusCode < 400) deps.onLoaderFetched(mac, flavourOf(file))
  return sent
}

async function sendScript(deps: RoutesDeps, file: string, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const applianceUrl = httpBaseOf(request, deps.httpPort)
  const query = queryOf(request.url)
  const grub = grubAskerOf(`boot/${file}`)
  const known = grub === undefined ? ipxeClientOf(file, query) : clientOfGrub(grub)
  if (known === undefined) return refuse(deps, request, reply, 'a boot script is asked for as /boot/<mac>.ipxe')
  // HEAD boots nothing.
  const client = { ...known, applianceUrl, isAgain: known.isAgain || request.method === 'HEAD' }
  const answer = await deps.answerScript(client, peerOf(request))
  if (grub === undefined) return sendText(reply, bootScript({ answer, client }))
  return sendToGrub(reply, grubScript({ ...grub, answer, applianceUrl }))
}

/** IPv4 as such, also on a socket that speaks both. */
function peerOf({ ip }: FastifyRequest): string {
  return ip.replace(/^::ffff:/, '')
}

/** With the addresses by which whoever asks reached us: machines of his network do too. */
function sitePage(applianceUrl: string): string {
  return siteDhcpPage({ address: new URL(applianceUrl).hostname, applianceUrl })
}

function sendText(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(text)
}

/** As a stream: fastify would tell the length of a text in a spelling that GRUB does not know. */
function sendToGrub(reply: FastifyReply, script: string): FastifyReply {
  const bytes = Buffer.from(script)
  sendLength(reply, bytes.length)
  return reply
    .type('text/plain; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(Readable.from([bytes]))
}

function refuse(deps: RoutesDeps, request: FastifyRequest, reply: FastifyReply, reason: string): FastifyReply {
  deps.events.emit({ type: 'http.refused', from: request.ip, path: request.url, reason })
  return reply.code(404).type('text/plain; charset=utf-8').send(`${reason}\n`)
}

/** 52:54:00:12:34:56.ipxe, with hyphens (iPXE's hexhyp), or with nothing between (hexraw), in either case. */
function macOf(file: string): string | undefined {
  const digits = /^([0-9a-f]{2}(?:[:-]?[0-9a-f]{2}){5})(?:\.ipxe)?$/i.exec(file)?.[1]?.replaceAll(/[:-]/g, '')
  return digits?.toLowerCase().match(/../g)?.join(':')
}

function ipxeClientOf(file: string, query: URLSearchParams): Omit<ScriptClient, 'applianceUrl'> | undefined {
  const mac = macOf(file)
  if (mac === undefined) return undefined
  const platform = query.get('platform')
  const buildArchitecture = query.get('arch')
  const uuid = query.get('uuid')
  return {
    mac,
    systemUuid: uuid !== null && /^[0-9a-f-]{36}$/i.test(uuid) ? uuid.toLowerCase() : undefined,
    firmware: platform === 'efi' ? 'uefi' : platform === 'pcbios' ? 'bios' : undefined,
    // iPXE for BIOS is built for i386 and runs on every x64 machine.
    architecture:
      buildArchitecture === 'arm64'
        ? 'arm64'
        : buildArchitecture === 'x86_64' || buildArchitecture === 'i386'
          ? 'x64'
          : undefined,
    isAgain: query.has('again'),
  }
}

/** The address at which this machine reached us, whatever interface that was. */
function httpBaseOf(request: FastifyRequest, port: number): string {
  const address = request.socket.localAddress?.replace(/^::ffff:/, '')
  // What comes by HTTPS has another port than what is answered with goes by.
  const ownPort = request.protocol === 'https' ? port : (request.socket.localPort ?? port)
  if (address !== undefined && /^[0-9.]+$/.test(address)) return httpBase(address, ownPort)
  return `http://${request.host}`
}

export function httpBase(address: string, port: number): string {
  return port === 80 ? `http://${address}` : `http://${address}:${port}`
}

function pathOf(url: string): string {
  return url.split('?')[0] ?? ''
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
