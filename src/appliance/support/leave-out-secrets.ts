// What leaves a support bundle before anybody sees it: values under names that speak of secrets, the private parts of addresses, and every secret that
// this appliance knows, wherever it turned up. Pure.

const LEFT_OUT = '(left out)'
/** Names of keys. Public keys and host keys are none. */
const SECRET_NAME = /pass(word|phrase|wd)?$|secret|token|credential|private|cookie|authori[sz]ation|userData|networkConfig|psk$/i
const ADDRESS = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s"'<>/@]*@)?([^\s"'<>?]*)(\?[^\s"'<>]*)?/gi
/** What is shorter would be found everywhere. */
const LEAST_CHARS = 6

/** Values by their names; texts inside keep their words but for addresses. */
export function withoutSecretValues(value: unknown): unknown {
  if (typeof value === 'string') return withoutAddressParts(value)
  if (Array.isArray(value)) return value.map(withoutSecretValues)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, valueUnder(name, each)]))
}

/** What stands under such names: a script may have printed it, or a person written it down elsewhere. */
export function* secretValuesIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  for (const [name, each] of Object.entries(value)) {
    if (typeof each === 'string' && SECRET_NAME.test(name)) yield each
    else yield* secretValuesIn(each)
  }
}

function valueUnder(name: string, value: unknown): unknown {
  // What profiles are given may be anything; only which variables there are is worth knowing.
  if (name === 'variables' && typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.keys(value).map((variable) => [variable, LEFT_OUT]))
  if (!SECRET_NAME.test(name)) return withoutSecretValues(value)
  return typeof value === 'boolean' || value === undefined ? value : LEFT_OUT
}

function withoutAddressParts(text: string): string {
  return text.replace(ADDRESS, (_all, scheme: string, user: string | undefined, place: string, query: string | undefined) => {
    return `${scheme}${user === undefined ? '' : `${LEFT_OUT}@`}${place}${query === undefined ? '' : `?${LEFT_OUT}`}`
  })
}

/** As they are, and as JSON and addresses spell them. */
export function withoutKnown(text: string, secrets: Iterable<string>): string {
  const spelled = new Set<string>()
  for (const secret of secrets) {
    if (secret.length < LEAST_CHARS) continue
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) spelled.add(form)
  }
  let left = text
  // The longest first: one may be a part of another.
  for (const secret of [...spelled].sort((a, b) => b.length - a.length)) left = left.replaceAll(secret, LEFT_OUT)
  return left
}
