// What people bring for a run, and what they ask of a certificate of a wiped disk. Mounted inside the operator API.
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { KeptRunFile } from '../../contract/run.ts'
import { SignedWipeCertificate, signedBytesOfCertificate, WipeCertificateVerdict } from '../../contract/wipe.ts'
import type { RunFiles } from '../job/run-files.ts'
import type { RecordKey } from '../present/judge.ts'

export interface OperatorRunRoutesDeps {
  readonly runFiles: RunFiles
  readonly recordKey: RecordKey
}

export const operatorRunRoutes: FastifyPluginAsyncTypebox<OperatorRunRoutesDeps> = async (app, { runFiles, recordKey }) => {
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))

  app.post('/run-files', { schema: { response: { 201: KeptRunFile } } }, async ({ body }, reply) =>
    reply.code(201).send(await runFiles.keep(body instanceof Readable ? body : Readable.from([]))),
  )

  app.post(
    '/wipe-certificates/verify',
    { schema: { body: SignedWipeCertificate, response: { 200: WipeCertificateVerdict } } },
    async ({ body: { certificate, keyId, signature } }) => ({
      isGenuine: recordKey.verify(keyId, signedBytesOfCertificate(certificate), signature),
    }),
  )
}
