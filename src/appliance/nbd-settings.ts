// Settings of the NBD server. Pure.
import { Type } from 'typebox'
import { flag, port, strict } from './setting-types.ts'

export const NbdSettings = Type.Object(
  {
    isOn: flag(
      false,
      'Offer disks of image versions by NBD, read-only: by names that `platen image nbd` makes, and to machines that try a version.',
    ),
    port: port(10_809, 'Port of the NBD server.'),
    listen: Type.String({
      format: 'ipv4',
      default: '0.0.0.0',
      description: 'Address that it listens at; 0.0.0.0 is all of them.',
      examples: ['127.0.0.1'],
    }),
    opensLoopback: flag(
      false,
      'Every program on the appliance itself may read every version by its plain name, as IMAGE@VERSION.',
    ),
  },
  strict,
)
