// The settings about directories of appliances, and what machines are told of them by DHCP. Pure.
import { Type } from 'typebox'
import type { NetbootInterface } from '../netboot/index.ts'
import { count, oneOf, patterned, strict } from './setting-types.ts'

/** 224 to 254 are for the site's own use (RFC 3942). */
const DHCP_OPTION = 224

export const DirectorySettings = Type.Object(
  {
    mode: oneOf(
      ['off', 'list', 'jobs'],
      'off',
      'Whether this appliance is a directory of others. list: it tells approved machines which ones there are. jobs: it asks them itself and hands on their jobs. `platen serve --directory` means list.',
    ),
    announce: Type.Optional(
      patterned(
        '^https?://[^\\s/?#,]+(,https?://[^\\s/?#,]+)*$',
        'addresses like http://10.77.0.5:8080, separated by commas',
        'Directories that machines are told of: in the lease where this appliance gives addresses, else on the kernel command line. Left out: this appliance, in the lease, when it is one.',
        'http://10.77.0.5:8080',
      ),
    ),
    dhcpOption: count(DHCP_OPTION, 224, 254, 'Number of the DHCP option that tells them; the boot OS asks for the default.'),
  },
  strict,
)

interface Directory {
  readonly mode: 'off' | 'list' | 'jobs'
  readonly announce?: string
  readonly dhcpOption: number
}

export function announcedDirectories({ announce }: Directory): readonly string[] {
  return announce?.split(',') ?? []
}

/** The interface with the option in each of its subnets; a subnet that has the option already keeps its own. */
export function announceByDhcp<I extends NetbootInterface>(one: I, directory: Directory, ownUrl: string): I {
  const self = directory.mode === 'off' ? [] : [ownUrl]
  const urls = directory.announce === undefined ? self : announcedDirectories(directory)
  if (urls.length === 0) return one
  const option = { [directory.dhcpOption]: `0x${Buffer.from(urls.join(' '), 'latin1').toString('hex')}` }
  return { ...one, subnets: one.subnets?.map((subnet) => ({ ...subnet, options: { ...option, ...subnet.options } })) }
}
