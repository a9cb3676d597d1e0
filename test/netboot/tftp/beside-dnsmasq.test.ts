// Odd requests to our TFTP server and, the same ones, to that of dnsmasq, in a network namespace: whatever dnsmasq serves, we serve, byte
// for byte; and what lies outside comes from nobody. Root only.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Fetched } from '../../fakes/ask-for-files.ts'
import { CabledNamespaces } from '../../fakes/cabled-namespaces.ts'
import { needs, pathOf, program, ROOT } from '../../needs.ts'

const run = promisify(execFile)
vi.setConfig({ testTimeout: 60_000, hookTimeout: 180_000 })

const CONTENT = Buffer.from(Uint8Array.from({ length: 5000 }, (_, at) => (at * 31) >>> 3))
const ADDRESSES = { ours: '127.0.0.1', dnsmasq: '127.0.0.3' } as const

interface Row {
  readonly name: string
  readonly request: string
  readonly isServed: boolean
  /** We refuse it on purpose. */
  readonly isDeparture?: boolean
}

const request = (file: string, mode = 'octet', ...options: readonly string[]) =>
  `\0\x01${[file, mode, ...options].map((word) => `${word}\0`).join('')}`
const served = (name: string, bytes: string): Row => ({ name, request: bytes, isServed: true })
const refused = (name: string, bytes: string): Row => ({ name, request: bytes, isServed: false })
const withOptions = (...options: readonly string[]) =>
  served(`options ${options.map((word) => JSON.stringify(word)).join(' ')}`, request('loader.efi', 'octet', ...options))

const ROWS: readonly Row[] = [
  ...['loader.efi', '/loader.efi', '//loader.efi', './loader.efi', '\\loader.efi', '/./\\loader.efi', 'loader.efi\xff'].map(
    (file) => served(`the name ${JSON.stringify(file)}`, request(file)),
  ),
  ...['../secret', '..\\secret', '/../../secret', 'x/../../secret', '/etc/passwd', '.', '/', '', 'folder', 'x'.repeat(300)].map(
    (file) => refused(`the name ${JSON.stringify(file.slice(0, 20))}`, request(file)),
  ),
  // dnsmasq follows it.
  { ...refused('a link to a file outside', request('link')), isDeparture: true },
  served('a name in a field of fixed length', `\0\x01loader.efi${'\0'.repeat(30)}octet\0`),
  served('no NUL at the end', request('loader.efi').slice(0, -1)),
  ...['OCTET', 'OcTeT'].map((mode) => served(`the mode ${mode}`, request('loader.efi', mode))),
  ...['mail', 'binary', ''].map((mode) => refused(`the mode ${JSON.stringify(mode)}`, request('loader.efi', mode))),
  { ...refused('the mode netascii', request('loader.efi', 'netascii')), isDeparture: true },
  refused('no mode', '\0\x01loader.efi\0'),
  refused('a write request', `\0\x02${request('new.efi').slice(2)}`),
  ...['0', '5000', '999999999999', '-1', '', 'x'].map((value) => withOptions('tsize', value)),
  ...['0', '1', '7', '8', '512', '65464', '65465', '99999999999', '-1', '', 'x', ' 512', '512 '].map((value) =>
    withOptions('blksize', value),
  ),
  ...['0', '1', '4', '65535', '65536', '-1', ''].map((value) => withOptions('windowsize', value)),
  ...['0', '1', '255', '256'].map((value) => withOptions('timeout', value)),
  withOptions('BLKSIZE', '1024', 'TSize', '0'),
  withOptions('blksize', '1024', 'blksize', '600'),
  withOptions('tsize', '0', 'tsize', '0'),
  withOptions('multicast', '', 'utimeout', '100', 'nobody-knows', 'this'),
  withOptions('blksize'),
  withOptions('', '', 'blksize', '1024'),
  withOptions(...Array.from({ length: 40 }, (_, at) => [`x${at}`, '1']).flat()),
]

let folder: string
let networks: CabledNamespaces
const got = new Map<keyof typeof ADDRESSES, readonly Fetched[]>()

beforeAll(async () => {
  networks = new CabledNamespaces('tb', [])
  folder = await mkdtemp(join(tmpdir(), 'platen-tftp-beside-'))
  await mkdir(join(folder, 'loaders', 'folder'), { recursive: true })
  await writeFile(join(folder, 'loaders', 'loader.efi'), CONTENT)
  await writeFile(join(folder, 'secret'), 'outside')
  await symlink('../secret', join(folder, 'loaders', 'link'))
  await writeFile(
    join(folder, 'requests'),
    JSON.stringify(ROWS.map(({ request }) => Buffer.from(request, 'latin1').toString('hex'))),
  )
  got.set(
    'ours',
    await asked('ours', process.execPath, [join(import.meta.dirname, '../../../bench/rig/our-netboot.ts'), config()]),
  )
  const installed = pathOf('dnsmasq')
  if (installed !== undefined) got.set('dnsmasq', await asked('dnsmasq', installed, dnsmasqWords()))
})

afterAll(async () => {
  networks[Symbol.dispose]()
  await rm(folder, { recursive: true })
})

const config = () => {
  const interfaces = [{ name: 'lo', mode: 'off', address: ADDRESSES.ours, prefixLength: 8 }]
  return JSON.stringify({ bootDir: folder, stateDir: join(folder, 'state'), httpPort: 8080, interfaces })
}

const dnsmasqWords = () => [
  ...['--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--user=root', '--pid-file=', '--log-facility=/dev/null'],
  ...[`--listen-address=${ADDRESSES.dnsmasq}`, '--bind-interfaces', '--enable-tftp', `--tftp-root=${join(folder, 'loaders')}`],
]

async function asked(server: keyof typeof ADDRESSES, path: string, words: readonly string[]): Promise<readonly Fetched[]> {
  const serving = spawn('ip', ['netns', 'exec', networks.server, path, ...words], { stdio: 'ignore' })
  try {
    for (let sockets = ''; !sockets.includes(`${ADDRESSES[server]}:69 `); ) {
      if (serving.exitCode !== null) throw new Error(`${server} ended with ${serving.exitCode}`)
      sockets = (await run('ip', ['netns', 'exec', networks.server, 'ss', '-Hlnu'])).stdout
    }
    const asking = join(import.meta.dirname, '../../fakes/ask-for-files.ts')
    const client = ['netns', 'exec', networks.server, process.execPath, asking, ADDRESSES[server], join(folder, 'requests')]
    return JSON.parse((await run('ip', client, { timeout: 150_000, maxBuffer: 64 << 20 })).stdout) as readonly Fetched[]
  } finally {
    serving.kill('SIGKILL')
    await once(serving, 'exit')
  }
}

describe('an odd request', needs(ROOT), () => {
  it.each(ROWS.map((row, at) => ({ ...row, at })))('$name', ({ isServed, at }) => {
    const { content, error } = got.get('ours')![at]!
    expect([content, error !== undefined]).toEqual(isServed ? [CONTENT.toString('latin1'), false] : [undefined, true])
  })
})

describe('the same to dnsmasq', needs(ROOT, program('dnsmasq')), () => {
  it('is served at all', () => {
    expect(got.get('dnsmasq')![0]!.content).toBe(CONTENT.toString('latin1'))
  })

  it.each(ROWS.map((row, at) => ({ ...row, at })))('what it serves, we serve: $name', ({ isDeparture, at }) => {
    const theirs = got.get('dnsmasq')![at]!
    if (theirs.content !== undefined && !isDeparture) expect(got.get('ours')![at]!.content).toBe(theirs.content)
  })
})
