// What makes a copy of a Linux a machine of its own. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedObject, NamedUnion } from './named.ts'

/** Labels of letters, digits and hyphens (RFC 1123 §2.1). */
export const Hostname = Type.String({
  maxLength: 253,
  pattern: '^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$',
})

const cloudFiles = {
  /** As cloud-init takes it, `#cloud-config` in its first line; left out: it sets up nothing but the name. */
  userData: Type.Optional(Type.String({ maxLength: 65_536 })),
  networkConfig: Type.Optional(Type.String({ maxLength: 65_536 })),
}

/** deploy: what the copy gets of its own, offline, after it was verified. An empty one means all but cloud-init. */
export const Personalise = NamedObject(
  'Personalise',
  {
    hostname: Type.Optional(
      // false comes first: the validation of a body would make the text "false" of it.
      Type.Union([Type.Literal(false), Hostname], {
        description: 'Left out: the name of the node. false: what the image has.',
      }),
    ),
    machineId: Type.Optional(Type.Boolean({ description: 'A machine-id that is always the same for this node. Left out: yes.' })),
    sshHostKeys: Type.Optional(Type.Boolean({ description: 'New SSH host keys. Left out: yes.' })),
    platenNode: Type.Optional(
      Type.Boolean({
        description:
          'The program by which the running system speaks to the appliance, where the image has systemd and curl. Left out: yes.',
      }),
    ),
    cloudInit: Type.Optional(
      Type.Object(cloudFiles, {
        additionalProperties: false,
        description: 'A NoCloud seed where the image has cloud-init. Left out: none.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type Personalise = Static<typeof Personalise>

/** As jobs, node classes and profiles say it. false: nothing, whatever those say that come after. */
export const PersonaliseWish = NamedUnion('PersonaliseWish', [Type.Literal(false), Personalise])
export type PersonaliseWish = Static<typeof PersonaliseWish>

/** As a step has it: resolved for one node. */
export const identityOnDisk = {
  hostname: Type.Optional(Hostname),
  machineId: Type.Optional(Type.String({ pattern: '^[0-9a-f]{32}$' })),
  sshHostKeys: Type.Boolean(),
  platenNode: Type.Optional(Type.Boolean()),
  cloudInit: Type.Optional(Type.Object({ instanceId: Type.String(), ...cloudFiles })),
}
