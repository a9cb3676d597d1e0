// Routes without a credential: what machines without an OS fetch, and the appliance's own pages. Pure.
import { type Route, rows } from './row.ts'

const netboot = rows<object>('netboot', '', () => ({ kind: 'anybody' }))
const own = rows<object>('appliance', '', () => ({ kind: 'anybody' }))
const hidden = (route: Route): Route => ({ ...route, isHidden: true })

export const OPEN_ROUTES: readonly Route[] = [
  ...[
    netboot('GET', '/autoexec.ipxe', 'getFirstScript', 'The first script that our loader reads', {}),
    netboot('GET', '/site-dhcp', 'getSiteDhcpPage', 'What to set on the DHCP server of the site', {}),
    netboot('GET', '/boot/*', 'getBootScript', 'What the next boot of a machine does', {}),
    netboot('GET', '/grub/*', 'getGrubScript', 'The first script that GRUB reads', {}),
    netboot('GET', '/loader/*', 'getLoader', 'A loader, for UEFI HTTP boot', {}),
    netboot('GET', '/boot-os/*', 'getBootOsFile', 'Kernel, initrd and agent of the boot OS', {}),
    netboot('GET', '//*', 'getByDoubledSlash', 'The same, as firmware spells it that doubles the slash', {}),
    own('GET', '/', 'getStartPage', 'Leads to the console', {}),
    own('GET', '/console', 'getConsole', 'Leads to the console', {}),
    own('GET', '/console/*', 'getConsolePage', 'The console and its files', {}),
    own('GET', '/docs', 'getApiPage', 'The description of this API as a page, and its files', {}),
  ].map(hidden),
  own('GET', '/healthz', 'getHealth', 'Which parts of the appliance are up', {}),
  own('GET', '/ca.pem', 'getCaFile', 'The CA of this appliance; hold it against a fingerprint that came another way', {
    gives: 'application/x-pem-file',
  }),
  own('GET', '/profile.schema.json', 'getProfileSchema', 'The JSON Schema of profile.yaml, for editors', {
    gives: 'application/schema+json',
  }),
  own('GET', '/boot.schema.json', 'getBootSchema', 'The JSON Schema of boot.yaml, for editors', {
    gives: 'application/schema+json',
  }),
  own('GET', '/package.schema.json', 'getPackageSchema', 'The JSON Schema of package.yaml, for editors', {
    gives: 'application/schema+json',
  }),
  own('GET', '/central.schema.json', 'getCentralSchema', 'The JSON Schema of what central keeps, for editors', {
    gives: 'application/schema+json',
  }),
]
