// The file of a build batch -> the jobs to post. Pure.
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import { BatchManifest } from '../contract/batch.ts'
import { AppError } from '../contract/errors.ts'
import type { NewJob } from './api.ts'

export interface BatchItem {
  /** web, or web/debug: what people call it, and its place in the output folder. */
  readonly name: string
  readonly job: NewJob
}

export function parseBatchManifest(text: string, file: string): BatchManifest {
  let content: unknown
  try {
    content = parse(text)
  } catch (error) {
    throw invalid(`${file}: ${(error as Error).message}`)
  }
  if (!Value.Check(BatchManifest, content)) {
    const problems = Value.Errors(BatchManifest, content).filter(({ keyword }) => keyword !== 'boolean')
    throw invalid(
      problems
        .slice(0, 5)
        .map(({ instancePath, message }) => `${file}: ${instancePath || '/'} ${message}`)
        .join('\n'),
    )
  }
  const twice = [content.products, content.configurations ?? []].flatMap((list) =>
    list.filter(({ name }, at) => list.findIndex((each) => each.name === name) < at),
  )
  if (twice.length > 0) throw invalid(`${file}: two entries are called ${twice[0]!.name}`)
  return content
}

/** Every product in every configuration, in the order of the file. */
export function batchItems(manifest: BatchManifest): readonly BatchItem[] {
  const { name, title, products, configurations = [undefined], images: _, ...common } = manifest
  return products.flatMap((product) =>
    configurations.map((configuration) => {
      const itemName = configuration === undefined ? product.name : `${product.name}/${configuration.name}`
      const variables = { ...product.variables, ...configuration?.variables }
      const needs = { ...product.needs, ...configuration?.needs }
      const job: NewJob = {
        kind: 'build',
        profile: product.profile,
        batch: name,
        title: `${title ?? name}: ${itemName}`,
        ...common,
        ...(Object.keys(variables).length > 0 ? { variables } : {}),
        ...(Object.keys(needs).length > 0 ? { needs } : {}),
      }
      return { name: itemName, job }
    }),
  )
}

function invalid(message: string): AppError {
  return new AppError('CLI_BATCH_INVALID', message, 'docs/jobs.md shows what a batch file looks like.')
}
