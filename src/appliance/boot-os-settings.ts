// The settings of the boot OS: how many builds stay, and what machines of a model get. Pure.
import { Type } from 'typebox'
import { bootOsFields } from '../contract/boot-build.ts'
import { strict, text } from './setting-types.ts'

export const BootOsSettings = Type.Object(
  {
    keepLast: Type.Integer({
      default: 5,
      minimum: 1,
      maximum: 10_000,
      description:
        'So many builds of the boot OS stay of each processor type and variant, and older ones are removed, unless they are in use or somebody asks for them.',
    }),
  },
  strict,
)

export const BootModelList = Type.Array(
  Type.Object(
    {
      manufacturer: Type.Optional(text('Machines of this maker, as SMBIOS has it; * is anything.', 'Dell*')),
      product: Type.Optional(text('Machines of this model, as SMBIOS has it; * is anything.', 'PowerEdge R640')),
      ...bootOsFields,
    },
    strict,
  ),
  {
    description:
      'Boot OS of models: a build or a variant, kernel arguments, console. A node and its classes go over it, field by field; of several rules the first that says a field. What SMBIOS says is known once a machine was enrolled.',
  },
)
