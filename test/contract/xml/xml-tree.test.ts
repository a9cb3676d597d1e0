import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../src/contract/errors.ts'
import { writeXml } from '../../../src/contract/xml/write-xml.ts'
import { MAX_XML_CHARS, parseXml } from '../../../src/contract/xml/xml-tree.ts'

describe('parseXml', () => {
  it('reads elements with their lines, attributes, references and character data', () => {
    const root = parseXml(
      '\uFEFF<?xml version="1.0"?>\n<!-- a list -->\n<A>\n  <B ID="x &lt; 1">a &amp; b &#65; <![CDATA[<c> &amp;]]></B>\n  <C/>\n</A>',
      'a.xml',
    )
    expect(root).toMatchObject({ name: 'A', line: 3 })
    expect(root.children).toMatchObject([
      { name: 'B', line: 4, attributes: { ID: 'x < 1' }, text: 'a & b A <c> &amp;' },
      { name: 'C', line: 5, children: [], text: '' },
    ])
  })

  it.each([
    { name: 'a document type', text: '<!DOCTYPE a [<!ENTITY b "c">]>\n<a>&b;</a>', reason: 'a.xml, line 1: a document type' },
    { name: 'an outside file', text: '<a/>\n<!DOCTYPE a SYSTEM "file:///etc/passwd">', reason: 'a.xml, line 2: a document type' },
    { name: 'an unknown entity', text: '<a>\n<b>&nbsp;</b></a>', reason: 'a.xml, line 2: "&nbsp;" means nothing here' },
    { name: 'a reference to no character', text: '<a>&#0;</a>', reason: '"&#0;" means nothing' },
    { name: 'an element that is not closed', text: '<a>\n  <b>\n</a>', reason: /a.xml, line \d: / },
    { name: 'two outermost elements', text: '<a/><b/>', reason: '2 outermost elements' },
    { name: 'no element', text: '', reason: 'line 1' },
    { name: 'a name that is a trap', text: '<__proto__>1</__proto__>', reason: '__proto__' },
    { name: 'depth without end', text: '<a>'.repeat(100) + '</a>'.repeat(100), reason: /a.xml, line 1: / },
    { name: 'length without end', text: `<a>${' '.repeat(MAX_XML_CHARS)}</a>`, reason: 'more than' },
  ])('refuses $name', ({ text, reason }) => {
    expect(() => parseXml(text, 'a.xml')).toThrow(reason)
  })

  it('never fails with anything but an AppError', () => {
    const piece = fc.constantFrom(
      '<a>',
      '</a>',
      '<b c="d"/>',
      '&amp;',
      '&#x10ffff;',
      '&',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '<?x?>',
      'text',
      '"',
      '\n',
      '<',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((pieces) => pieces.join('')),
          fc.string(),
        ),
        (text) => {
          try {
            parseXml(text, 'a.xml')
          } catch (error) {
            expect(error).toBeInstanceOf(AppError)
          }
        },
      ),
    )
  })

  it('reads what writeXml wrote', () => {
    // Of white space only what stands between words is kept.
    const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1 }).map((parts) =>
      parts
        .join(' ')
        .replace(/[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu, '')
        .trim(),
    )
    const text = words.filter((one) => one !== '' && one.isWellFormed())
    fc.assert(
      fc.property(text, text, (inside, attribute) => {
        const root = parseXml(writeXml({ name: 'A', attributes: { B: attribute }, inside: [{ name: 'C', inside }] }), 'a.xml')
        expect(root.attributes.B).toBe(attribute)
        expect(root.children[0]?.text).toBe(inside)
      }),
    )
  })
})
