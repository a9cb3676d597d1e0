// What is in force, and who said it. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type SettingInForce, SettingsInForce } from '../../contract/settings.ts'

export function settingsRoutes(settings: readonly SettingInForce[]): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/settings',
      {
        schema: {
          tags: ['appliance'],
          summary: 'Every setting as it is in force, and who said it',
          response: { 200: SettingsInForce },
        },
      },
      async () => ({ settings: [...settings] }),
    )
  }
}
