// When a site may fetch: "22:00-05:00 Europe/Paris". By the wall clock of that place, so that summer time moves it along. Pure.
import { AppError } from '../../../contract/errors.ts'

export interface Window {
  /** Minutes since midnight. */
  readonly from: number
  readonly to: number
  readonly timeZone: string
}

const FORM = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d) ([A-Za-z0-9_+/-]{1,64})$/

/** Throws SITE_WINDOW_INVALID. */
export function parseWindow(text: string): Window {
  const [, fromHour, fromMinute, toHour, toMinute, timeZone] = FORM.exec(text) ?? []
  if (timeZone === undefined) throw invalid(text, 'it is not written as in 22:00-05:00 Europe/Paris')
  try {
    new Intl.DateTimeFormat('en', { timeZone })
  } catch {
    throw invalid(text, `there is no time zone ${timeZone}`)
  }
  return { from: Number(fromHour) * 60 + Number(fromMinute), to: Number(toHour) * 60 + Number(toMinute), timeZone }
}

/** From 05:00 to 05:00 is the whole day. */
export function isOpen({ from, to, timeZone }: Window, nowMs: number): boolean {
  const now = minuteOf(nowMs, timeZone)
  if (from === to) return true
  return from < to ? now >= from && now < to : now >= from || now < to
}

function minuteOf(nowMs: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(nowMs)
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0)
  return of('hour') * 60 + of('minute')
}

function invalid(text: string, reason: string): AppError {
  return new AppError('SITE_WINDOW_INVALID', `"${text}" is no window: ${reason}`, 'For example: 22:00-05:00 Europe/Paris')
}
