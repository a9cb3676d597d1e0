// What a bundle does not carry: texts in which people keep secrets. What is left out is said by its name, never by its content. Pure.
import type { PersonaliseWish } from '../../contract/personalise.ts'

export interface Without<T> {
  readonly value: T
  readonly leftOut: readonly string[]
}

/** Names of variables and keys, and words in a text, that speak of a secret. More is left out than has to be, rather than less. */
const SECRET = /pass|secret|token|credential|private|api[-_]?key|psk|auth|BEGIN [A-Z ]*KEY|\$[0-9a-z]{1,2}\$/i

export const speaksOfSecrets = (text: string): boolean => SECRET.test(text)

/** Files for cloud-init are left out as a whole when they speak of a secret. */
export function withoutCloudSecrets<T extends { readonly personalise?: PersonaliseWish | undefined }>(of: T): Without<T> {
  const wish = of.personalise
  if (wish === undefined || wish === false || wish.cloudInit === undefined) return { value: of, leftOut: [] }
  const secret = Object.entries(wish.cloudInit).filter(([, text]) => text !== undefined && speaksOfSecrets(text))
  if (secret.length === 0) return { value: of, leftOut: [] }
  const names = secret.map(([name]) => name)
  const cloudInit = Object.fromEntries(Object.entries(wish.cloudInit).filter(([name]) => !names.includes(name)))
  return {
    value: { ...of, personalise: { ...wish, cloudInit } },
    leftOut: names.map((name) => `personalise.cloudInit.${name}`),
  }
}
