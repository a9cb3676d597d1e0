// A template rendered for one machine or for a site, with the parameters of one function. Asks the objects; changes nothing.
import type { RenderedFor } from '../../contract/central/explain.ts'
import type { CentralFunction, Site } from '../../contract/central/objects.ts'
import type { ParameterValues } from '../../contract/central/parameters.ts'
import { AppError } from '../../contract/errors.ts'
import type { NodeView } from '../../contract/operator-api.ts'
import { renderTemplate } from '../../library/index.ts'
import type { ObjectsNow } from '../derive/objects-now.ts'
import { type Functions, findFunction, findSite } from '../functions.ts'
import type { ObjectBook } from '../objects/object-book.ts'
import { onlyFunctionNaming } from './function-files.ts'
import { namesFor } from './names.ts'

interface RenderingsDeps {
  readonly book: ObjectBook
  readonly objects: () => ObjectsNow
  readonly functions: Functions
  readonly here: () => Site | undefined
}

export interface RenderingFor {
  readonly functionName?: string | undefined
  readonly siteName?: string | undefined
  readonly node?: NodeView | undefined
  /** What the node is chosen for. */
  readonly ofNode?: { readonly name: string; readonly parameters?: ParameterValues } | undefined
}

export class Renderings {
  readonly #deps: RenderingsDeps

  constructor(deps: RenderingsDeps) {
    this.#deps = deps
  }

  /** Throws CENTRAL_OBJECT_NOT_FOUND, TEMPLATE_NOT_RENDERED. */
  render(name: string, { functionName, siteName, node, ofNode }: RenderingFor): RenderedFor {
    const { book, functions } = this.#deps
    const objects = this.#deps.objects()
    const { version } = book.find('template', name)
    const template = objects.find('template', name)!
    const site = siteName === undefined ? this.#deps.here() : findSite(objects, siteName)
    const theFunction = this.#functionFor(name, functionName ?? ofNode?.name, objects)
    const said = theFunction !== undefined && theFunction.name === ofNode?.name ? ofNode.parameters : undefined
    const parameters = theFunction === undefined ? {} : functions.parameters(theFunction, site, said)
    const rendered = renderTemplate(
      template.text,
      namesFor({
        parameters,
        ...(theFunction === undefined ? {} : { theFunction }),
        ...(site === undefined ? {} : { site }),
        ...(node === undefined ? {} : { node }),
      }),
    )
    if (rendered.kind === 'refused') throw notRendered(name, rendered)
    return {
      template: name,
      version,
      ...(theFunction === undefined ? {} : { function: theFunction.name }),
      ...(site === undefined ? {} : { site: site.name }),
      ...(node === undefined ? {} : { node: node.name }),
      to: template.to,
      text: rendered.text,
    }
  }

  /** The one that is named; else the only one that names the template. */
  #functionFor(template: string, named: string | undefined, objects: ObjectsNow): CentralFunction | undefined {
    return named === undefined ? onlyFunctionNaming(template, objects) : findFunction(objects, named)
  }
}

function notRendered(name: string, { line, reason }: { readonly line: number | undefined; readonly reason: string }): AppError {
  return new AppError(
    'TEMPLATE_NOT_RENDERED',
    `template ${name}${line === undefined ? '' : `, line ${line}`}: ${reason}`,
    'Mend the template, or say for which --node, --site and --function it is: names that are not there are mistakes.',
  )
}
