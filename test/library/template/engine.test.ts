import { describe, expect, it } from 'vitest'
import { renderTemplate, templateMistake } from '../../../src/library/template/engine.ts'

const names = { parameters: { port: 80 }, node: { name: 'n1', serial: null, nics: [{ mac: 'a' }, { mac: 'b' }] } }

describe('renderTemplate', () => {
  it.each([
    { name: 'a value', text: 'listen {{ parameters.port }}', want: 'listen 80' },
    { name: 'what has no value', text: '[{{ node.serial }}]', want: '[]' },
    { name: 'a loop', text: '{% for nic in node.nics %}{{ nic.mac }};{% endfor %}', want: 'a;b;' },
    { name: 'a condition', text: '{% if node.serial %}yes{% else %}no{% endif %}', want: 'no' },
  ])('$name', ({ text, want }) => {
    expect(renderTemplate(text, names)).toEqual({ kind: 'text', text: want })
  })

  it.each([
    { name: 'an unknown name', text: 'a\n{{ node.serail }}', line: 2, reason: 'undefined variable: node.serail' },
    {
      name: 'an unknown name in a condition',
      text: '{% if values.x %}{% endif %}',
      line: 1,
      reason: 'undefined variable: values',
    },
    { name: 'an unknown filter', text: '{{ node.name | upper }}', line: 1, reason: 'undefined filter: upper' },
    { name: 'another file', text: '{% include "/etc/passwd" %}', line: 1, reason: 'tag "include" not found' },
    { name: 'another file by render', text: '{% render "x" %}', line: 1, reason: 'tag "render" not found' },
    { name: 'what JavaScript has', text: '{{ node.constructor }}', line: 1, reason: 'undefined variable: node.constructor' },
    { name: 'the time', text: '{{ "now" | date: "%s" }}', line: 1, reason: 'undefined filter: date' },
    { name: 'no end', text: '{% for i in (1..100000000) %}{% endfor %}', line: 1, reason: 'memory alloc limit exceeded' },
    {
      name: 'a text that doubles',
      text: '{% assign s = "aaaa" %}{% for i in (1..40) %}{% assign s = s | append: s %}{% endfor %}',
      line: 1,
      reason: 'memory alloc limit exceeded',
    },
  ])('refuses $name', ({ text, line, reason }) => {
    expect(renderTemplate(text, names)).toEqual({ kind: 'refused', line, reason: expect.stringContaining(reason) })
  })

  it('says what is wrong before anything is rendered', () => {
    expect(templateMistake('ok {{ any.name }}')).toBeUndefined()
    expect(templateMistake('a\n{% if x %}')).toMatch(/^line 2 of the template: /)
  })
})
