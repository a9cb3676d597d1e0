// boot.yaml: what a boot OS has beside the plain one. Pure: the schema (published as JSON Schema for editors).
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'
import { Architecture, Name } from './values.ts'

const strict = { additionalProperties: false }

const AddedFileSpec = NamedObject(
  'AddedFileSpec',
  {
    file: Type.String({ minLength: 1, maxLength: 400, description: 'In this folder.' }),
    to: Type.String({ pattern: '^/.*[^/]$', maxLength: 400, description: 'Where it lies in the boot OS.' }),
    mode: Type.Optional(
      Type.String({ pattern: '^0?[0-7]{3}$', description: 'With any x it is a program. Left out: it is none.' }),
    ),
  },
  strict,
)

export const BootAdditions = Type.Object(
  {
    name: Name,
    description: Type.Optional(Type.String({ maxLength: 10_000 })),
    architectures: Type.Optional(Type.Array(Architecture, { minItems: 1, description: 'Left out: all.' })),
    packages: Type.Optional(
      Type.Array(Type.String({ pattern: '^[a-z0-9][a-z0-9+.-]{0,99}$' }), {
        maxItems: 100,
        uniqueItems: true,
        description: 'Debian packages: firmware, programs. What they need comes with them.',
      }),
    ),
    modules: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z0-9_-]+(/[A-Za-z0-9_.-]*)*$' }), {
        maxItems: 100,
        uniqueItems: true,
        description:
          "Modules of Debian's kernel. A name (bonding) is loaded at the start; a folder or file below kernel/ (drivers/infiniband/) waits for its hardware.",
      }),
    ),
    files: Type.Optional(Type.Array(AddedFileSpec, { maxItems: 1000 })),
  },
  { ...strict, $id: 'https://platen.invalid/boot.schema.json', title: 'Platen boot OS additions' },
)
export type BootAdditions = Static<typeof BootAdditions>
