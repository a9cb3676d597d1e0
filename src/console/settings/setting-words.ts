// Settings as people read them. Pure.
import type { Schema } from '../../client/index.ts'

export type Setting = Schema<'SettingInForce'>

export function valueWords({ value }: Pick<Setting, 'value'>): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value))
    return value.map((each) => (typeof each === 'object' ? JSON.stringify(each) : String(each))).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

export const isSaid = ({ from }: Pick<Setting, 'from'>): boolean => from !== 'default'

export function shownSettings(settings: readonly Setting[], word: string, onlySaid: boolean): readonly Setting[] {
  const wanted = word.trim().toLowerCase()
  return settings.filter(
    (setting) =>
      (!onlySaid || isSaid(setting)) &&
      [setting.key, setting.description, valueWords(setting), setting.from].some((text) => text.toLowerCase().includes(wanted)),
  )
}
