// XML as a small tree whose elements know their line. Pure. A document type is refused and no entity but the five of XML and
// character references means anything: a file from outside can neither grow when it is read nor name another file.
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { AppError } from '../errors.ts'

export interface XmlElement {
  readonly name: string
  /** From 1. */
  readonly line: number
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** What stands directly inside, without the spaces around it. */
  readonly text: string
}

export const MAX_XML_CHARS = 4 * 1024 * 1024
const MAX_DEPTH = 16

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  captureMetaData: true,
  cdataPropName: '#cdata',
  processEntities: false,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: MAX_DEPTH,
})
const META = XMLParser.getMetaDataSymbol() as unknown as symbol

/** `where` names the document in what is thrown: relbuild.xml. */
export function parseXml(source: string, where: string): XmlElement {
  const text = source.replace(/^\uFEFF/, '')
  if (text.length > MAX_XML_CHARS) throw xmlInvalid(where, 1, `it has ${text.length} characters, more than ${MAX_XML_CHARS}`)
  const doctype = text.search(/<!(DOCTYPE|ENTITY)/i)
  if (doctype !== -1)
    throw xmlInvalid(where, lineIndex(text)(doctype), 'a document type or an entity is declared, which is not read')
  const verdict = XMLValidator.validate(text)
  if (verdict !== true) throw xmlInvalid(where, verdict.err.line, verdict.err.msg)
  const read = reader(text, where)
  const roots = nodesOf(text, where).filter(isElement)
  if (roots.length !== 1) throw xmlInvalid(where, 1, `it has ${roots.length} outermost elements, not one`)
  return read(roots[0]!)
}

export function xmlInvalid(where: string, line: number, reason: string): AppError {
  return new AppError(
    'XML_INVALID',
    `${where}, line ${line}: ${reason}`,
    'docs/xml.md has the elements and an example of each file.',
  )
}

/** As fast-xml-parser gives it in order: one key that is the name, ":@" the attributes. */
type RawNode = Readonly<Record<string, unknown>>

function nodesOf(text: string, where: string): readonly RawNode[] {
  try {
    return parser.parse(text) as RawNode[]
  } catch (error) {
    throw xmlInvalid(where, 1, error instanceof Error ? error.message : String(error))
  }
}

const nameOf = (node: RawNode): string => Object.keys(node).find((key) => key !== ':@') ?? ''
const isElement = (node: RawNode): boolean => !nameOf(node).startsWith('#')

function reader(text: string, where: string): (node: RawNode) => XmlElement {
  const lineAt = lineIndex(text)
  function read(node: RawNode): XmlElement {
    const name = nameOf(node)
    const meta = (node as Record<symbol, { startIndex?: number } | undefined>)[META]
    const line = lineAt(meta?.startIndex ?? 0)
    const inside = node[name] as readonly RawNode[]
    const decode = (raw: string) =>
      decodeReferences(raw, (reference) => xmlInvalid(where, line, `"${reference}" means nothing here`))
    const attributes = Object.entries((node[':@'] ?? {}) as Record<string, string>).map(([key, value]) => [key, decode(value)])
    return {
      name,
      line,
      attributes: Object.fromEntries(attributes),
      children: inside.filter(isElement).map(read),
      text: inside
        .map((part) => textOf(part, decode))
        .join('')
        .trim(),
    }
  }
  return read
}

function textOf(part: RawNode, decode: (raw: string) => string): string {
  if ('#text' in part) return decode(String(part['#text']))
  if ('#cdata' in part) return (part['#cdata'] as readonly RawNode[]).map((inner) => String(inner['#text'] ?? '')).join('')
  return ''
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decodeReferences(raw: string, refuse: (reference: string) => AppError): string {
  return raw.replace(/&([^;\s&]*);?/g, (reference, name: string) => {
    const named = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined
    const [, hex, decimal] = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name) ?? []
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    if (!reference.endsWith(';')) throw refuse(reference)
    if (named !== undefined) return named
    if (code >= 0x20 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)) return String.fromCodePoint(code)
    if (code === 9 || code === 10 || code === 13) return String.fromCodePoint(code)
    throw refuse(reference)
  })
}

/** Built once: counting from the beginning for each element of a long list would take minutes. */
function lineIndex(text: string): (index: number) => number {
  const starts = [...text.matchAll(/\n/g)].map(({ index }) => index + 1)
  return (index) => {
    let [low, high] = [0, starts.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (starts[middle]! <= index) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}
