// Whether what is packed may be given to others: every package says a licence that is known here. Pure.
export interface Licensed {
  readonly name: string
  readonly version: string
  /** An SPDX expression, as package.json has it. */
  readonly licence: string | undefined
}

/** Given on with their text; none asks for the sources of what stands beside it. */
const KNOWN = new Set([
  '0BSD',
  'Apache-2.0',
  'Artistic-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'CC-BY-4.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
])

/** Said in words, which somebody read: the package, and what follows from them. */
const READ: Readonly<Record<string, string>> = {
  // LGPL 2.1 or later, and no use of the unRAR sources to make a RAR packer. It runs unchanged, as a program of its own in a sandbox.
  '7z-wasm': 'SEE LICENSE IN License.txt',
}

/** Those that may not be packed, with the reason. */
export function unknownLicences(packages: readonly Licensed[]): readonly string[] {
  return packages
    .filter(({ name, licence }) => licence === undefined || !(isKnown(licence) || READ[name] === licence))
    .map(({ name, version, licence }) => `${name} ${version}: ${licence ?? 'says no licence'}`)
}

/** Of "A OR B" one is enough, of "A AND B" both are needed. */
function isKnown(expression: string): boolean {
  const bare = expression.replaceAll(/[()]/g, ' ')
  return bare.split(/\sOR\s/).some((choice) => choice.split(/\sAND\s/).every((one) => KNOWN.has(one.trim())))
}
