// What is left of plain HTTP where everything else goes by HTTPS: what machines need that boot. People's pages lead over.
import { isIPv4 } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../contract/errors.ts'
import type { Route } from '../../contract/routes.ts'
import { rowOfRequest } from './route-table.ts'

export interface PlainHttp {
  readonly serves: 'everything' | 'boot'
  /** undefined: it does not listen now. */
  httpsPort(): number | undefined
}

/** What people open in a browser. */
const PAGES: readonly string[] = ['getStartPage', 'getConsole', 'getConsolePage', 'getApiPage']

export function keepToHttps(app: FastifyInstance, { httpsPort }: Pick<PlainHttp, 'httpsPort'>): void {
  app.addHook('onRequest', async (request, reply) => {
    const row = rowOfRequest(request)
    // On the machine itself nobody listens in between; there is no row for what is answered with 404.
    if (row === undefined || request.protocol === 'https' || isLoopback(request.peer())) return
    if (PAGES.includes(row.operationId)) return reply.redirect(`https://${request.hostname}:${httpsPort()}${request.url}`, 307)
    if (isForBoot(row)) return
    throw new AppError(
      'REQUEST_NEEDS_HTTPS',
      `${row.method} ${row.path} is not answered without encryption`,
      `Ask at https://${request.hostname}:${httpsPort()}, with the CA of this appliance: platen ca export.`,
    )
  })
}

/** Always: what must not be read on the way is not answered without encryption, except on the machine itself. */
export function keepSecretsToHttps(app: FastifyInstance, { httpsPort }: Pick<PlainHttp, 'httpsPort'>): void {
  app.addHook('onRequest', async (request) => {
    const row = rowOfRequest(request)
    if (row?.onlyEncrypted !== true || request.protocol === 'https' || isLoopback(request.peer())) return
    const port = httpsPort()
    throw new AppError(
      'REQUEST_NEEDS_HTTPS',
      `${row.method} ${row.path} is not answered without encryption`,
      port === undefined
        ? 'This appliance serves no HTTPS: turn `https.isOn` on.'
        : `Ask at https://${request.hostname}:${port}.`,
    )
  })
}

/** Public, or, for the kernel of a job, shown by a token that is good for one boot. */
function isForBoot({ caller }: Route): boolean {
  return caller.kind === 'anybody' || (caller.kind === 'own-proof' && caller.proof === 'boot-token-in-path')
}

const isLoopback = (peer: string): boolean => (isIPv4(peer) && peer.startsWith('127.')) || peer === '::1'
