// Words with * for anything, in either case: makers spell their own names in several ways. Pure.

export function textPattern(text: string): (value: string | undefined) => boolean {
  const parts = text.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const whole = new RegExp(`^${parts.join('.*')}$`, 'i')
  return (value) => value !== undefined && whole.test(value.trim())
}
