// Who the appliance is when root starts it: somebody else. Looks accounts up, hands the data folder over, and says by which words the
// process goes on as that user with the one right that it needs: ports below 1024.
import { spawnSync } from 'node:child_process'
import { lchownSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from '../contract/doctor.ts'
import { AppError } from '../contract/errors.ts'
import { PROGRAM_DIR } from './folders.ts'

export const SETPRIV = '/usr/bin/setpriv'
const ACCOUNT = 'platen'
const CAPABILITY = 'net_bind_service'
const ROOT_UID = 0

export interface OwnUser {
  readonly uid: number
  readonly gid: number
  /** Of an account. Left out: the data folder belongs to a number without one. */
  readonly name?: string
}

/** What is asked of the machine; a test answers by itself. */
export interface Accounts {
  find(nameOrUid: string): OwnUser | undefined
  /** undefined: there is no such folder. */
  ownerOf(folder: string): { readonly uid: number; readonly gid: number } | undefined
}

/** undefined: stays root, because `wanted` says so. Rejects with APPLIANCE_IS_ROOT when there is nobody to become. */
export function ownUser(wanted: string | undefined, dataDir: string, accounts: Accounts = machineAccounts): OwnUser | undefined {
  if (wanted !== undefined) return named(wanted, accounts)
  const owner = accounts.ownerOf(dataDir)
  if (owner !== undefined && owner.uid !== ROOT_UID) return accounts.find(String(owner.uid)) ?? owner
  const account = accounts.find(ACCOUNT)
  if (account !== undefined) return account
  throw new AppError(
    'APPLIANCE_IS_ROOT',
    `the appliance was started as root, there is no account "${ACCOUNT}", and ${dataDir} belongs to nobody else`,
    `Make one: useradd --system --home-dir /var/lib/platen --shell /usr/sbin/nologin ${ACCOUNT}. Or name another: --user NAME; --user root stays root.`,
  )
}

function named(wanted: string, accounts: Accounts): OwnUser | undefined {
  const found = accounts.find(wanted)
  if (found !== undefined) return found.uid === ROOT_UID ? undefined : found
  throw new AppError(
    'APPLIANCE_IS_ROOT',
    `there is no account "${wanted}"`,
    'List them with `getent passwd`; `user` is one of them.',
  )
}

/**
 * Makes the data folder the user's: all that is in it, once, when the folder itself is root's. A link is handed over, not what it leads to;
 * nobody but root can have put one there before.
 */
export function handOver(dataDir: string, { uid, gid }: OwnUser): void {
  mkdirSync(dataDir, { recursive: true })
  if (lstatSync(dataDir).uid !== ROOT_UID) return
  for (const entry of readdirSync(dataDir, { recursive: true, withFileTypes: true }))
    lchownSync(join(entry.parentPath, entry.name), uid, gid)
  // Last: whoever is killed before starts over.
  lchownSync(dataDir, uid, gid)
}

/** Words before those of a program: it is that user, and keeps one capability for itself and what it starts; nothing brings back another. */
export function wordsToBecome({ uid, gid, name }: OwnUser): readonly string[] {
  const groups = name === undefined ? '--clear-groups' : '--init-groups'
  const kept = ['--inh-caps', '--ambient-caps', '--bounding-set'].flatMap((option) => [option, `-all,+${CAPABILITY}`])
  return [SETPRIV, '--reuid', String(uid), '--regid', String(gid), groups, ...kept, '--no-new-privs', '--']
}

/** Said now with the folder that is closed, rather than by Node about a module that it did not find. */
export function assertReachable(user: OwnUser, paths: readonly string[]): void {
  for (const path of paths) {
    const [command = '', ...words] = [...wordsToBecome(user), '/usr/bin/test', '-r', path]
    const { error, status } = spawnSync(command, words)
    if (error !== undefined)
      throw cannotBecome(user, `${SETPRIV} cannot be started (${error.message})`, 'Install util-linux, or say --user root.')
    if (status === 0) continue
    const hint = `Let others into the folders above it (chmod o+x), move the program to /opt (it is in ${PROGRAM_DIR}), or say --user root.`
    throw cannotBecome(user, `that user cannot read ${path}`, hint)
  }
}

/** For a command that root runs on a folder of the appliance: what it writes there is the appliance's, and nothing that lies there leads it elsewhere. */
export function actAsOwnerOf(folder: string): void {
  const owner = machineAccounts.ownerOf(folder)
  if (process.getuid?.() !== ROOT_UID || owner === undefined || owner.uid === ROOT_UID) return
  process.setgroups?.([])
  process.setgid?.(owner.gid)
  process.setuid?.(owner.uid)
}

/** For the doctor. */
export function rootFindings(uid: number | undefined): readonly Finding[] {
  if (uid !== ROOT_UID) return []
  const advice = `Let it become an account of its own: leave \`user\` out of the settings, with an account "${ACCOUNT}" on this machine`
  return [
    { severity: 'notice', subject: 'rights', seen: 'the appliance runs as root: who breaks into it has the machine', advice },
  ]
}

function cannotBecome({ uid, name }: OwnUser, reason: string, hint: string): AppError {
  return new AppError('APPLIANCE_IS_ROOT', `the appliance cannot go on as ${name ?? uid}: ${reason}`, hint)
}

const machineAccounts: Accounts = {
  find(nameOrUid) {
    const [name, , uid, gid] = spawnSync('/usr/bin/getent', ['passwd', nameOrUid], { encoding: 'utf8' }).stdout?.split(':') ?? []
    return name === undefined || uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid), name }
  },
  ownerOf: (folder) => lstatSync(folder, { throwIfNoEntry: false }),
}
