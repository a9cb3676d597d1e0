// The one engine of configuration templates: Liquid, without files, without code, with an end. A name or a filter that there is not is a
// mistake, so that no machine gets a file with a hole in it. Pure: the same template with the same names gives the same text.
import { Liquid, LiquidError } from 'liquidjs'

/** What one template may take of the appliance, which renders between packets: characters, milliseconds, bytes (roughly). */
const LIMITS = { parseLimit: 256 * 1024, renderLimit: 500, memoryLimit: 16 * 1024 * 1024 }
/** They bring in other files. */
const NO_TAGS = ['include', 'render', 'layout', 'block'] as const
/** Another text each time: a machine would differ from what it was given. */
const NO_FILTERS = ['sample', 'date', 'date_to_xmlschema', 'date_to_rfc822', 'date_to_string', 'date_to_long_string'] as const

export type RenderedTemplate =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'refused'; readonly line: number | undefined; readonly reason: string }

const engine = new Liquid({ strictVariables: true, strictFilters: true, ownPropertyOnly: true, templates: {}, ...LIMITS })
for (const name of NO_TAGS) delete engine.tags[name]
for (const name of NO_FILTERS) delete engine.filters[name]

/** names: plain data; what has no value is null. */
export function renderTemplate(text: string, names: object): RenderedTemplate {
  try {
    return { kind: 'text', text: String(engine.parseAndRenderSync(text, names)) }
  } catch (error) {
    return { kind: 'refused', ...told(error) }
  }
}

/** Why the text is no template; undefined: it is one. */
export function templateMistake(text: string): string | undefined {
  try {
    engine.parse(text)
    return undefined
  } catch (error) {
    const { line, reason } = told(error)
    return line === undefined ? reason : `line ${line} of the template: ${reason}`
  }
}

function told(error: unknown): { readonly line: number | undefined; readonly reason: string } {
  if (!LiquidError.is(error)) throw error
  const [line] = error.token.getPosition()
  return { line, reason: error.message.replace(/, (?:file:[^,]*, )?line:\d+, col:\d+$/, '') }
}
