// The programs that people fetch with, against the whole room: plain names, names with a tail, blocks of every size, one port for several files.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../fakes/free-port.ts'
import { type NetbootScene, netbootScene } from '../../fakes/netboot-scene.ts'
import { needs, program } from '../../needs.ts'

const run = promisify(execFile)
let scene: NetbootScene
beforeEach(async () => {
  scene = await netbootScene()
})
afterEach(() => scene.end())

interface Client {
  readonly name: string
  readonly program: string
  /** For a shell, which can say bytes that are no letters: name, port and the file to write are $1, $2, $3; $4 is a block size. */
  readonly plain: string
  readonly inBlocks: string
}

const CLIENTS: readonly Client[] = [
  {
    name: 'curl',
    program: 'curl',
    plain: 'curl -sSf -o "$3" "tftp://127.0.0.1:$2/$1"',
    inBlocks: 'curl -sSf --tftp-blksize "$4" -o "$3" "tftp://127.0.0.1:$2/$1"',
  },
  {
    name: 'curl without options',
    program: 'curl',
    plain: 'curl -sSf --tftp-no-options -o "$3" "tftp://127.0.0.1:$2/$1"',
    inBlocks: 'curl -sSf --tftp-no-options -o "$3" "tftp://127.0.0.1:$2/$1"',
  },
  {
    name: 'atftp',
    program: 'atftp',
    plain: 'atftp -g -r "$1" -l "$3" 127.0.0.1 "$2"',
    inBlocks: 'atftp --option "blksize $4" --option "windowsize 7" --option "tsize 0" -g -r "$1" -l "$3" 127.0.0.1 "$2"',
  },
  {
    name: 'tftp-hpa',
    program: 'tftp',
    plain: 'tftp -m binary 127.0.0.1 "$2" -c get "$1" "$3"',
    inBlocks: 'tftp -m binary 127.0.0.1 "$2" -c get "$1" "$3"',
  },
  {
    name: 'busybox',
    program: 'busybox',
    plain: 'busybox tftp -g -r "$1" -l "$3" 127.0.0.1 "$2"',
    inBlocks: 'busybox tftp -b "$4" -g -r "$1" -l "$3" 127.0.0.1 "$2"',
  },
]

const codeOf = (character: string, radix: number) => character.charCodeAt(0).toString(radix)
/** As printf takes it. */
const octal = (character: string) => `\\${codeOf(character, 8).padStart(3, '0')}`
/** Percent signs are doubled for printf. */
const inUrl = (name: string) => name.replaceAll(/[^\w.,/-]/g, (character) => `%%${codeOf(character, 16).padStart(2, '0')}`)
const whole = (name: string) => readFile(join(scene.bootDir, 'loaders', name))

/** name: its bytes as latin1. */
async function fetched(command: string, name: string, blockBytes = 512): Promise<Buffer> {
  const local = join(scene.bootDir, 'got')
  const spelled = command.startsWith('curl') ? inUrl(name) : name.replaceAll(/[^\w.,/-]/g, octal)
  const words = ['-c', `set -- "$(printf "$1")" "$2" "$3" "$4"; ${command}`, 'sh', spelled, String(scene.ports.tftp), local]
  await run('sh', [...words, String(blockBytes)], { timeout: 20_000 })
  return readFile(local)
}

describe.each(CLIENTS)('$name', ({ program: name, plain, inBlocks }) => {
  const client = needs(program(name))

  it('gets a loader', client, async () => {
    expect((await fetched(plain, 'undionly.kpxe')).equals(await whole('undionly.kpxe'))).toBe(true)
  })

  it.each([128, 511, 1024, 1468, 9000])('gets a loader in blocks of %i', client, async (blockBytes) => {
    expect((await fetched(inBlocks, 'undionly.kpxe', blockBytes)).equals(await whole('undionly.kpxe'))).toBe(true)
  })

  it.each(['undionly.kpxe\xff', '//undionly.kpxe', '\\undionly.kpxe', 'undionly.kpxeB\x0910.77.0.1\xff'])(
    'gets a loader as %s',
    client,
    async (name) => {
      expect((await fetched(plain, name)).equals(await whole('undionly.kpxe'))).toBe(true)
    },
  )

  it('is told that there is no such file', client, async () => {
    const got = await fetched(plain, 'nothing.efi').catch((error: unknown) => error)
    // tftp-hpa ends with 0 and leaves an empty file.
    if (Buffer.isBuffer(got)) expect(got).toHaveLength(0)
    expect(scene.netboot.events.recent().map(({ type }) => type)).toContain('tftp.refused')
  })
})

it('curl gets three files from one port of its own', needs(program('curl')), async () => {
  const port = await freePort()
  for (const name of ['undionly.kpxe', 'snponly-x64.efi', 'undionly.kpxe']) {
    const command = `curl -sSf --local-port ${port} -o "$3" "tftp://127.0.0.1:$2/$1"`
    expect((await fetched(command, name)).equals(await whole(name))).toBe(true)
  }
})
