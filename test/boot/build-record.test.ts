// Which of the builds that are there may lend its files to a new one.
import { expect, it } from 'vitest'
import { type ExistingBuild, filesOfSame } from '../../boot/build-record.ts'
import { sha256 } from '../../boot/debian/download.ts'

const input = (name: string, digest: string) => ({ name, version: '1', digest })

function build(
  inputs: { name: string; digest: string }[],
  recorded = 'kernel',
  onDisk: string | undefined = recorded,
): ExistingBuild {
  const artefacts = [{ name: 'vmlinuz', sizeBytes: recorded.length, digest: sha256(Buffer.from(recorded)) }]
  const record = {
    architecture: 'x64',
    builtAt: '',
    artefacts,
    inputs: inputs.map((each) => ({ version: '1', ...each })),
  } as const
  return {
    record: { ...record, artefacts, inputs: [...record.inputs] },
    read: async () => (onDisk === undefined ? undefined : Buffer.from(onDisk)),
  }
}

it.each<{ name: string; builds: ExistingBuild[]; variant?: string; finds: string | undefined }>([
  { name: 'the same recipe', builds: [build([input('recipe', 'r')])], finds: 'kernel' },
  { name: 'another recipe', builds: [build([input('recipe', 'x')])], finds: undefined },
  { name: 'a variant, for the plain one', builds: [build([input('recipe', 'r'), input('variant', 'v')])], finds: undefined },
  { name: 'the plain one, for a variant', builds: [build([input('recipe', 'r')])], variant: 'v', finds: undefined },
  { name: 'the same variant', builds: [build([input('recipe', 'r'), input('variant', 'v')])], variant: 'v', finds: 'kernel' },
  {
    name: 'a kernel that somebody signed in its place',
    builds: [build([input('recipe', 'r')], 'kernel', 'signed')],
    finds: undefined,
  },
  {
    name: 'the older one when the newer lacks a file',
    builds: [{ ...build([input('recipe', 'r')], 'newer'), read: async () => undefined }, build([input('recipe', 'r')], 'older')],
    finds: 'older',
  },
])('$name', async ({ builds, variant, finds }) => {
  const found = await filesOfSame(builds, 'r', variant)
  expect(found?.artefacts.get('vmlinuz')?.toString()).toBe(finds)
})
