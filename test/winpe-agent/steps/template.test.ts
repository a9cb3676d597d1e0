import { describe, expect, it } from 'vitest'
import { fillTemplate } from '../../../src/winpe-agent/steps/template.ts'

describe('fillTemplate', () => {
  it.each([
    { text: 'a {{name}} b', want: 'a tiny b' },
    { text: '{{ name }}{{name}}', want: 'tinytiny' },
    { text: '$name {name} {{}} {{1a}}', want: '$name {name} {{}} {{1a}}' },
    { text: '{{odd}}', want: '{{name}} $& $1' },
  ])('$text -> $want', ({ text, want }) => {
    expect(fillTemplate(text, { name: 'tiny', odd: '{{name}} $& $1' }, 'x')).toBe(want)
  })

  it('names everything that has no value', () => {
    expect(() => fillTemplate('{{a}} {{b}} {{a}} {{toString}}', {}, 'files/issue')).toThrow(
      'the template files/issue uses a, b, toString, which have no value',
    )
  })
})
