// Disks of versions as NBD exports: what is asked for, and the name that comes of it. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'
import { Instant, SizeBytes } from './values.ts'

/** POST /images/:imageName/versions/:version/nbd */
export const NbdRequest = NamedObject(
  'NbdRequest',
  {
    /** From 1; left out, the first. */
    disk: Type.Optional(Type.Integer({ minimum: 1, maximum: 32 })),
    /** Who may use it; left out, whoever asks. */
    address: Type.Optional(Type.String({ format: 'ipv4' })),
    /** How long new connections may use it; those that are open go on. */
    minutes: Type.Integer({ minimum: 1, maximum: 24 * 60, default: 10 }),
  },
  { additionalProperties: false },
)
export type NbdRequest = Static<typeof NbdRequest>

export const NbdExportView = NamedObject('NbdExportView', {
  /** The name to ask for; whoever has it, and the address, reads the disk. */
  exportName: Type.String(),
  /** The same, as programs take it: nbd://10.77.0.1:10809/… */
  uri: Type.String(),
  /** TCP, at the address of the appliance. */
  port: Type.Integer(),
  sizeBytes: SizeBytes,
  address: Type.String(),
  until: Instant,
})
export type NbdExportView = Static<typeof NbdExportView>
