// The key by which this appliance signs. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { SigningKeyList } from '../../contract/version-signature.ts'
import type { SigningKey } from '../signing-key.ts'

interface KeyRoutesDeps {
  readonly signingKey: SigningKey
}

export const keyRoutes: FastifyPluginAsyncTypebox<KeyRoutesDeps> = async (app, { signingKey }) => {
  const list = () => ({ keys: [...signingKey.publicKeys()] })
  app.get('/signing-keys', { schema: { response: { 200: SigningKeyList } } }, async () => list())

  app.post('/signing-keys/rotate', { schema: { response: { 200: SigningKeyList } } }, async () => {
    await signingKey.rotate()
    return list()
  })
}
