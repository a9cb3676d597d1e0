// What is in force on the appliance, and who said it. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'

export const SettingInForce = NamedObject('SettingInForce', {
  /** As in the file: dhcp.rangeStart. */
  key: Type.String(),
  /** Left out: nobody said it, and it has no default. */
  value: Type.Optional(Type.Unknown()),
  /** default, a variable of the environment, a flag, or the file. */
  from: Type.String(),
  /** What counts where nobody says it. */
  fallback: Type.Optional(Type.String()),
  unit: Type.Optional(Type.String()),
  description: Type.String(),
})
export type SettingInForce = Static<typeof SettingInForce>

/** GET /settings, in the order of the configuration's page. */
export const SettingsInForce = NamedObject('SettingsInForce', { settings: Type.Array(SettingInForce) })
export type SettingsInForce = Static<typeof SettingsInForce>
