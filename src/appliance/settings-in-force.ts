// Every setting as it is in force, with who said it. Pure.
import type { SettingInForce } from '../contract/settings.ts'
import type { Settings } from './config.ts'
import { LISTS, SETTINGS } from './settings-table.ts'
import { withoutSecretValues } from './support/leave-out-secrets.ts'

/** origins: who said which key. */
export function settingsInForce(settings: Settings, origins: ReadonlyMap<string, string>): readonly SettingInForce[] {
  const of = (key: string) => {
    const value = valueAt(settings, key)
    return { key, ...(value === undefined ? {} : { value }), from: origins.get(key) ?? 'default' }
  }
  return [
    ...SETTINGS.map(({ key, description, unit, fallback }) => ({
      ...of(key),
      ...(fallback === undefined ? {} : { fallback }),
      ...(unit === undefined ? {} : { unit }),
      description,
    })),
    ...LISTS.map(({ key, node }) => ({ ...of(key), description: node.description ?? '' })),
  ]
}

/** What is called a secret does not leave, also when settings get one some day. */
function valueAt(settings: object, key: string): unknown {
  const path = key.split('.')
  let value: unknown = settings
  for (const name of path) value = (value as Record<string, unknown> | undefined)?.[name]
  const name = path.at(-1)!
  return value === undefined ? undefined : (withoutSecretValues({ [name]: value }) as Record<string, unknown>)[name]
}
