// What makes a copy of a Linux a machine of its own: names, ids and keys in its files. Touches the mounted root it is given.
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { posix } from 'node:path'
import type { PersonaliseStep } from '../../contract/steps.ts'
import { pathInside } from './inside.ts'
import { exists } from './linux-root.ts'
import { HOST_KEY_TYPES, type HostKeyType, makeHostKey } from './ssh-host-keys.ts'

export type Identity = Pick<PersonaliseStep, 'hostname' | 'machineId' | 'sshHostKeys' | 'cloudInit'>

/** Gives what it did, one line each. May be repeated. */
export async function writeIdentity(root: string, identity: Identity): Promise<string[]> {
  const { hostname, machineId, sshHostKeys, cloudInit } = identity
  const done: string[] = []
  if (hostname !== undefined) done.push(await writeHostname(root, hostname))
  if (machineId !== undefined) done.push(await writeMachineId(root, machineId))
  if (sshHostKeys) done.push(await renewHostKeys(root, hostname ?? 'localhost'))
  if (cloudInit !== undefined) done.push(await writeSeed(root, cloudInit, hostname))
  return done
}

/** PARTUUID=old becomes PARTUUID=new wherever a system names its partitions at start. Gives the files that changed. */
export async function renamePartUuids(root: string, renamed: ReadonlyMap<string, string>): Promise<string[]> {
  const changed: string[] = []
  for (const path of await bootFiles(root)) {
    const text = await read(root, path)
    const mended = text?.replace(/(PARTUUID[=/]["']?)([0-9a-fA-F-]+)/g, (whole, before: string, id: string) => {
      const now = renamed.get(id.toLowerCase())
      return now === undefined ? whole : `${before}${now}`
    })
    if (mended === undefined || mended === text) continue
    await write(root, path, mended)
    changed.push(`/${path}`)
  }
  return changed
}

async function writeHostname(root: string, hostname: string): Promise<string> {
  await write(root, 'etc/hostname', `${shortName(hostname)}\n`)
  const hosts = (await read(root, 'etc/hosts')) ?? '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n'
  // Debian's line for a machine without an address of its own (hosts(5), Debian reference §5.1.1).
  const names = hostname === shortName(hostname) ? hostname : `${hostname} ${shortName(hostname)}`
  const line = `127.0.1.1\t${names}`
  const others = hosts.replace(/^127\.0\.1\.1\s.*$/m, line)
  await write(root, 'etc/hosts', others.includes(line) ? others : `${hosts.trimEnd()}\n${line}\n`)
  return `hostname: ${hostname}`
}

/** etc/hostname holds the first label; the whole name stands in etc/hosts. */
const shortName = (hostname: string): string => hostname.split('.')[0]!

async function writeMachineId(root: string, machineId: string): Promise<string> {
  await write(root, 'etc/machine-id', `${machineId}\n`)
  // Often a link to the other; where it is a file, D-Bus would go by it.
  if (await exists(root, 'var/lib/dbus/machine-id')) await write(root, 'var/lib/dbus/machine-id', `${machineId}\n`)
  return `machine-id: ${machineId}`
}

/** The types that the image has; when it has none yet but an sshd, all that one takes. */
async function renewHostKeys(root: string, comment: string): Promise<string> {
  const names = await readdir(await pathInside(root, 'etc/ssh')).catch(() => [] as string[])
  const old = names.filter((name) => /^ssh_host_.*key(\.pub|-cert\.pub)?$/.test(name))
  const present = HOST_KEY_TYPES.filter((type) => old.includes(`ssh_host_${type}_key`))
  const hasServer = names.includes('sshd_config') || (await exists(root, 'usr/sbin/sshd'))
  const types: readonly HostKeyType[] = present.length > 0 || !hasServer ? present : HOST_KEY_TYPES
  const kept = types.flatMap((type) => [`ssh_host_${type}_key`, `ssh_host_${type}_key.pub`])
  for (const name of old) if (!kept.includes(name)) await rm(await pathInside(root, `etc/ssh/${name}`), { force: true })
  for (const type of types) {
    const { privateFile, publicFile } = makeHostKey(type, `root@${comment}`)
    await write(root, `etc/ssh/ssh_host_${type}_key`, privateFile, 0o600)
    await write(root, `etc/ssh/ssh_host_${type}_key.pub`, publicFile, 0o644)
  }
  return types.length === 0 ? 'SSH host keys: the image has no SSH server' : `SSH host keys: new ${types.join(', ')}`
}

/** A seed of the NoCloud data source (cloud-init documentation, "NoCloud"). Another instance-id makes it set the machine up anew. */
async function writeSeed(root: string, seed: NonNullable<Identity['cloudInit']>, hostname: string | undefined): Promise<string> {
  const hasCloudInit = (await exists(root, 'usr/bin/cloud-init')) || (await exists(root, 'etc/cloud/cloud.cfg'))
  if (!hasCloudInit) return 'cloud-init: the image has none, no seed is written'
  const directory = 'var/lib/cloud/seed/nocloud'
  const name = hostname === undefined ? [] : [`local-hostname: ${hostname}`]
  await write(root, `${directory}/meta-data`, [`instance-id: ${seed.instanceId}`, ...name, ''].join('\n'))
  await write(root, `${directory}/user-data`, seed.userData ?? '#cloud-config\n{}\n', 0o600)
  if (seed.networkConfig !== undefined) await write(root, `${directory}/network-config`, seed.networkConfig, 0o600)
  else await rm(await pathInside(root, `${directory}/network-config`), { force: true })
  return `cloud-init: NoCloud seed, instance ${seed.instanceId}`
}

const BOOT_FILES = [
  'etc/fstab',
  'etc/default/grub',
  'etc/kernel/cmdline',
  // On a boot partition of its own they stand without the first folder.
  ...['', 'boot/'].flatMap((at) => [
    `${at}grub/grub.cfg`,
    `${at}grub2/grub.cfg`,
    `${at}extlinux/extlinux.conf`,
    `${at}cmdline.txt`,
  ]),
]
const BOOT_ENTRIES = ['loader/entries', 'boot/loader/entries']

async function bootFiles(root: string): Promise<string[]> {
  const files = [...BOOT_FILES]
  for (const folder of BOOT_ENTRIES) {
    const names = await readdir(await pathInside(root, folder)).catch(() => [] as string[])
    files.push(...names.filter((name) => name.endsWith('.conf')).map((name) => `${folder}/${name}`))
  }
  return files
}

async function read(root: string, path: string): Promise<string | undefined> {
  return readFile(await pathInside(root, path), 'utf8').catch(() => undefined)
}

/** Into the file that is there, so that its owner and security label stay. */
async function write(root: string, path: string, content: string, mode?: number): Promise<void> {
  const full = await pathInside(root, path)
  await mkdir(posix.dirname(full), { recursive: true })
  await writeFile(full, content, mode === undefined ? {} : { mode })
  if (mode !== undefined) await chmod(full, mode)
}
