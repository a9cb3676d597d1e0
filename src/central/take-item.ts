// What came from the central that this appliance follows: checked like what a person says, then kept as central's. Touches the book and classes.
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { type CentralObject, OBJECT_SCHEMAS } from '../contract/central/objects.ts'
import { AppError } from '../contract/errors.ts'
import { NewApprovalRule, NodeClass } from '../contract/operator-api.ts'
import { firstProblem } from '../contract/schema-problems.ts'
import { mistakesIn } from './objects/mistakes.ts'
import type { ObjectBook } from './objects/object-book.ts'
import type { ClassPort } from './ports.ts'

/** kind, name and version as the item of a closure says them; text: its body. */
export interface TakenItem {
  readonly kind: string
  readonly name: string
  readonly version?: string
  readonly text: string
}

const Rule = Type.Object({ id: Type.String(), ...NewApprovalRule.properties }, { additionalProperties: false })
const SCHEMAS = { ...OBJECT_SCHEMAS, class: NodeClass, rule: Rule } as const

export async function takeItem(item: TakenItem, { book, classes }: { book: ObjectBook; classes: ClassPort }): Promise<void> {
  const { kind, name, version, text } = item
  if (!isKnown(kind)) throw invalid(item, `this appliance knows no ${kind}`)
  const value = parsed(item, text)
  const schema = SCHEMAS[kind]
  if (!Value.Check(schema, value)) {
    const { path, reason } = firstProblem(schema, value)
    throw invalid(item, `${path.join('.')}: ${reason}`)
  }
  if (kind === 'class') return classes.takeClass(value as NodeClass)
  if (kind === 'rule') return classes.takeRule(value as Parameters<ClassPort['takeRule']>[0])
  const object = value as CentralObject
  const [mistake] = mistakesIn(object)
  if (mistake !== undefined) throw invalid(item, mistake[1])
  if (object.kind !== kind || object.name !== name) throw invalid(item, `it says that it is ${object.kind} ${object.name}`)
  await book.put(object, { source: 'central', ...(version === undefined ? {} : { version: Number(version) }) })
}

const isKnown = (kind: string): kind is keyof typeof SCHEMAS => Object.hasOwn(SCHEMAS, kind)

function parsed(item: TakenItem, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalid(item, `it is no JSON: ${(error as Error).message}`)
  }
}

function invalid({ kind, name }: TakenItem, reason: string): AppError {
  return new AppError(
    'CENTRAL_OBJECT_INVALID',
    `${kind} ${name} cannot be taken: ${reason}`,
    'This appliance may be older than what it comes from: bring both to the same version.',
  )
}
