// Profiles as a person's tools see them. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ProfileList } from '../../contract/operator-api.ts'
import { ProfileView } from '../../contract/profile.ts'
import type { Profiles } from '../profile/profiles.ts'

interface ProfileRoutesDeps {
  readonly profiles: Profiles
}

const ProfileParams = Type.Object({ name: Type.String() })
const tags = ['profiles']

export const profileRoutes: FastifyPluginAsyncTypebox<ProfileRoutesDeps> = async (app, { profiles }) => {
  app.get('/profiles', { schema: { tags, summary: 'All profiles', response: { 200: ProfileList } } }, async () => ({
    profiles: [...profiles.list()],
  }))

  app.get(
    '/profiles/:name',
    { schema: { tags, summary: 'One profile', params: ProfileParams, response: { 200: ProfileView } } },
    async (request) => profiles.view(request.params.name),
  )

  app.post(
    '/profiles/:name/check',
    {
      schema: {
        tags,
        summary: 'Load the folder now and tell its problems',
        params: ProfileParams,
        response: { 200: ProfileView },
      },
    },
    async (request) => {
      await profiles.look(true)
      return profiles.view(request.params.name)
    },
  )
}
