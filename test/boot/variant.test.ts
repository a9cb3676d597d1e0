import { expect, it } from 'vitest'
import { directory, file } from '../../boot/file-tree.ts'
import { addedTo } from '../../boot/variant.ts'

it('a variant holds what the plain system lacks or has otherwise, and nothing else', () => {
  const link = (target: string) => ({ kind: 'symlink', path: 'usr/lib/x.so', target }) as const
  const plain = [directory('etc'), file('etc/a', 'same'), file('etc/b', 'old'), file('etc/c', 'text'), link('x.so.1')]
  const full = [
    directory('etc'),
    directory('new'),
    file('etc/a', 'same'),
    file('etc/b', 'new'),
    file('etc/c', 'text', true),
    link('x.so.2'),
  ]
  expect(addedTo(plain, full).map(({ path }) => path)).toEqual(['new', 'etc/b', 'etc/c', 'usr/lib/x.so'])
  expect(addedTo(plain, plain)).toEqual([])
})
