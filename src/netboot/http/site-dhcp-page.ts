// What to set on the site's own DHCP server when Platen's is off, line by line, with this appliance's addresses in it. Pure.
import { LOADERS } from '../dhcp/boot-offer.ts'

export interface SiteDhcpInput {
  /** 10.77.0.1: TFTP. */
  readonly address: string
  /** http://10.77.0.1:8080 */
  readonly applianceUrl: string
}

/** The same file for Markdown, a terminal and a browser. */
export function siteDhcpPage(input: SiteDhcpInput): string {
  const sections = [iscDhcpd, kea, dnsmasq, windows, ...SWITCHES].map((one) => one(input))
  return `${[...introduction(input), ...sections.flat()].join('\n')}\n`
}

const BIOS = LOADERS.bios.snponly
const X64 = LOADERS.x64.snponly
const ARM64 = LOADERS.arm64.snponly

const scriptUrl = ({ applianceUrl }: SiteDhcpInput): string => `${applianceUrl}/autoexec.ipxe`
const httpLoader = ({ applianceUrl }: SiteDhcpInput, file: string): string => `${applianceUrl}/loader/${file}`

type Section = (input: SiteDhcpInput) => readonly string[]

function section(title: string, language: string, lines: readonly string[], ...after: readonly string[]): readonly string[] {
  return [`## ${title}`, '', `\`\`\`${language}`, ...lines, '```', '', ...after.flatMap((line) => [line, ''])]
}

const introduction: Section = (input) => [
  '# What to set on your own DHCP server',
  '',
  'For an interface in mode `off`: Platen answers no DHCP there, and your server tells machines what to fetch from it. Who asks is told by',
  'option 60 (vendor class), 77 (user class) and 93 (architecture: 0 BIOS; 7 and 9 UEFI x64; 11 UEFI arm64; 16 and 19 UEFI HTTP boot).',
  '',
  '| who asks | next server, option 66 | boot file, option 67 | besides |',
  '|---|---|---|---|',
  `| iPXE: option 77 is \`iPXE\` | | \`${scriptUrl(input)}\` | |`,
  `| UEFI HTTP boot x64: option 60 begins with \`HTTPClient\`, 93 is 16 | | \`${httpLoader(input, X64)}\` | option 60 = \`HTTPClient\` |`,
  `| UEFI HTTP boot arm64: the same, 93 is 19 | | \`${httpLoader(input, ARM64)}\` | option 60 = \`HTTPClient\` |`,
  `| UEFI x64: 93 is 7 or 9 | \`${input.address}\` | \`${X64}\` | |`,
  `| UEFI arm64: 93 is 11 | \`${input.address}\` | \`${ARM64}\` | |`,
  `| BIOS: 93 is 0 | \`${input.address}\` | \`${BIOS}\` | |`,
  '',
  'Never set option 60 to `PXEClient`, and no option 43: firmware would then ask your server at port 4011, where nobody answers.',
  'With Secure Boot on, UEFI machines need `shimx64.efi` or `shimaa64.efi` in place of the file above.',
  '',
]

const iscDhcpd: Section = (input) =>
  section('ISC dhcpd', '', [
    `next-server ${input.address};`,
    'option client-arch code 93 = unsigned integer 16;',
    'if exists user-class and option user-class = "iPXE" {',
    `  filename "${scriptUrl(input)}";`,
    '} elsif substring(option vendor-class-identifier, 0, 10) = "HTTPClient" {',
    '  option vendor-class-identifier "HTTPClient";',
    '  if option client-arch = 19 {',
    `    filename "${httpLoader(input, ARM64)}";`,
    '  } else {',
    `    filename "${httpLoader(input, X64)}";`,
    '  }',
    '} elsif option client-arch = 7 or option client-arch = 9 {',
    `  filename "${X64}";`,
    '} elsif option client-arch = 11 {',
    `  filename "${ARM64}";`,
    '} elsif option client-arch = 0 {',
    `  filename "${BIOS}";`,
    '}',
  ])

const kea: Section = (input) => {
  const http = (name: string, code: string, file: string) => [
    `  { "name": "${name}", "test": "not member('ipxe') and substring(option[60].hex, 0, 10) == 'HTTPClient' and option[93].hex == ${code}",`,
    '    "option-data": [{ "name": "vendor-class-identifier", "data": "HTTPClient", "always-send": true }],',
    `    "boot-file-name": "${httpLoader(input, file)}" },`,
  ]
  const pxe = (name: string, test: string, file: string) => [
    `  { "name": "${name}", "test": "not member('ipxe') and ${test}",`,
    `    "next-server": "${input.address}", "boot-file-name": "${file}" }`,
  ]
  return section('Kea', 'json', [
    '"client-classes": [',
    `  { "name": "ipxe", "test": "option[77].hex == 'iPXE'", "boot-file-name": "${scriptUrl(input)}" },`,
    ...http('http-x64', '0x0010', X64),
    ...http('http-arm64', '0x0013', ARM64),
    ...comma(pxe('uefi-x64', '(option[93].hex == 0x0007 or option[93].hex == 0x0009)', X64)),
    ...comma(pxe('uefi-arm64', 'option[93].hex == 0x000b', ARM64)),
    ...pxe('bios', 'option[93].hex == 0x0000', BIOS),
    ']',
  ])
}

function comma(lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => (index === lines.length - 1 ? `${line},` : line))
}

const dnsmasq: Section = (input) =>
  section('dnsmasq', '', [
    'dhcp-userclass=set:ipxe,iPXE',
    'dhcp-match=set:bios,option:client-arch,0',
    'dhcp-match=set:x64,option:client-arch,7',
    'dhcp-match=set:x64,option:client-arch,9',
    'dhcp-match=set:arm64,option:client-arch,11',
    'dhcp-match=set:http,option:client-arch,16',
    'dhcp-match=set:http-arm64,option:client-arch,19',
    `dhcp-boot=tag:ipxe,${scriptUrl(input)}`,
    `dhcp-boot=tag:!ipxe,tag:bios,${BIOS},,${input.address}`,
    `dhcp-boot=tag:!ipxe,tag:x64,${X64},,${input.address}`,
    `dhcp-boot=tag:!ipxe,tag:arm64,${ARM64},,${input.address}`,
    'dhcp-option-force=tag:!ipxe,tag:http,60,HTTPClient',
    'dhcp-option-force=tag:!ipxe,tag:http-arm64,60,HTTPClient',
    `dhcp-boot=tag:!ipxe,tag:http,${httpLoader(input, X64)}`,
    `dhcp-boot=tag:!ipxe,tag:http-arm64,${httpLoader(input, ARM64)}`,
  ])

const windows: Section = (input) => {
  const { address } = input
  const rows = [
    { name: 'iPXE', type: 'User', data: 'iPXE', file: scriptUrl(input) },
    { name: 'HTTP x64', type: 'Vendor', data: 'HTTPClient:Arch:00016', file: httpLoader(input, X64), isHttp: true },
    { name: 'HTTP arm64', type: 'Vendor', data: 'HTTPClient:Arch:00019', file: httpLoader(input, ARM64), isHttp: true },
    { name: 'UEFI x64', type: 'Vendor', data: 'PXEClient:Arch:00007', file: X64 },
    { name: 'UEFI x64 (9)', type: 'Vendor', data: 'PXEClient:Arch:00009', file: X64 },
    { name: 'UEFI arm64', type: 'Vendor', data: 'PXEClient:Arch:00011', file: ARM64 },
    { name: 'BIOS', type: 'Vendor', data: 'PXEClient:Arch:00000', file: BIOS },
  ]
  return section(
    'Windows Server',
    'powershell',
    [
      '$scope = "10.77.0.0"   # yours',
      'Add-DhcpServerv4OptionDefinition -OptionId 60 -Name "Vendor class" -Type String',
      ...rows.flatMap(({ name, type, data, file, isHttp }, index) => [
        `Add-DhcpServerv4Class -Name "${name}" -Type ${type} -Data "${data}"`,
        `Add-DhcpServerv4Policy -ScopeId $scope -Name "${name}" -ProcessingOrder ${index + 1} -Condition OR -${type}Class EQ,"${name}${type === 'Vendor' ? '*' : ''}"`,
        ...(file.startsWith('http')
          ? []
          : [`Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName "${name}" -OptionId 66 -Value "${address}"`]),
        `Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName "${name}" -OptionId 67 -Value "${file}"`,
        ...(isHttp === true
          ? [`Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName "${name}" -OptionId 60 -Value "HTTPClient"`]
          : []),
      ]),
    ],
    'Where the Windows server also runs WDS, take option 60 (`PXEClient`) out of the server and scope options.',
  )
}

/** Their DHCP servers tell every machine of a pool the same: one kind of firmware for each. */
const SWITCHES: readonly Section[] = [
  () => [
    '## Switches and routers',
    '',
    `Their DHCP servers tell all machines of a pool the same file: \`${X64}\` for UEFI x64, \`${ARM64}\` for UEFI arm64, \`${BIOS}\` for BIOS. Mixed`,
    'racks need one of the servers above, a pool for each kind, or mode `proxy`. A loader that was fetched finds its script by itself.',
    '',
  ],
  ({ address }) =>
    section('Cisco IOS and IOS XE', '', [
      'ip dhcp pool RACK',
      ` next-server ${address}`,
      ` bootfile ${X64}`,
      ` option 66 ascii ${address}`,
      ` option 67 ascii ${X64}`,
    ]),
  ({ address }) =>
    section('Juniper Junos', '', [
      `set access address-assignment pool RACK family inet dhcp-attributes boot-server ${address}`,
      `set access address-assignment pool RACK family inet dhcp-attributes boot-file ${X64}`,
    ]),
  ({ address }) =>
    section('HPE Comware', '', [
      'dhcp server ip-pool rack',
      ` next-server ${address}`,
      ` tftp-server ip-address ${address}`,
      ` bootfile-name ${X64}`,
    ]),
  ({ address }) =>
    section('MikroTik RouterOS', '', [
      `/ip dhcp-server network set [find address=10.77.0.0/24] next-server=${address} boot-file-name=${X64}`,
    ]),
]
