// What every reader of an older file asks of an element. Pure. Attributes and child elements are alike: both were written.
import { type XmlElement, xmlInvalid } from './xml-tree.ts'

export class ElementReader {
  readonly element: XmlElement
  readonly #where: string

  constructor(element: XmlElement, where: string) {
    this.element = element
    this.#where = where
  }

  /** The name must be this one, in whatever case. */
  expect(name: string): this {
    if (sameName(this.element.name, name)) return this
    throw this.wrong(`the element is ${this.element.name}, not ${name}`)
  }

  /** undefined: it is not there, or empty. */
  text(name: string): string | undefined {
    const child = this.#children(name)
    if (child.length > 1) throw this.wrong(`${this.element.name} has ${child.length} times ${name}`)
    const attribute = Object.entries(this.element.attributes).find(([key]) => sameName(key, name))?.[1]
    const text = (child[0]?.text ?? attribute ?? '').trim()
    return text === '' ? undefined : text
  }

  required(name: string): string {
    const text = this.text(name)
    if (text === undefined) throw this.wrong(`${this.element.name} has no ${name}`)
    return text
  }

  /** A whole number of at least `least`. */
  wholeNumber(name: string, least: number, most: number): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw this.at(name).wrong(`${name} is "${text}", not a whole number from ${least} to ${most}`)
  }

  /** The elements of this name inside the one of that name; none when that one is not there. */
  list(container: string, name: string): readonly ElementReader[] {
    return this.#children(container).flatMap((each) =>
      new ElementReader(each, this.#where).#children(name).map((child) => this.#of(child)),
    )
  }

  /** The child of that name, else this element: where to point at. */
  at(name: string): ElementReader {
    const [child] = this.#children(name)
    return child === undefined ? this : this.#of(child)
  }

  wrong(reason: string): Error {
    return xmlInvalid(this.#where, this.element.line, reason)
  }

  #children(name: string): readonly XmlElement[] {
    return this.element.children.filter((child) => sameName(child.name, name))
  }

  #of(element: XmlElement): ElementReader {
    return new ElementReader(element, this.#where)
  }
}

const sameName = (one: string, other: string): boolean => one.toUpperCase() === other.toUpperCase()
