// Settings and the machine's interfaces in, everything that the rooms need out; or every problem at once. Pure.
import type { SettingInForce } from '../contract/settings.ts'
import type { LoaderRule } from '../netboot/index.ts'
import type { Settings } from './config.ts'
import { type Folders, foldersOf } from './folders.ts'
import { type Interfaces, type ResolvedInterface, resolveInterfaces } from './resolve-interfaces.ts'
import type { Problem } from './settings-merge.ts'

export interface ApplianceConfig extends Folders {
  /** Who it is when root starts it. Left out: see own-user.ts. */
  readonly user?: string | undefined
  /** http://10.77.0.1:8080, at the first interface: for people. Each machine is told that of its own. */
  readonly url: string
  /** At least one. */
  readonly interfaces: readonly ResolvedInterface[]
  readonly loaders: readonly LoaderRule[]
  readonly http: Settings['http']
  readonly https: Settings['https']
  readonly tftp: Settings['tftp']
  readonly agent: Settings['agent']
  readonly nodes: Settings['nodes']
  readonly jobs: Settings['jobs']
  readonly ssh: Settings['ssh']
  readonly mail: Settings['mail']
  readonly directory: Settings['directory']
  readonly images: Settings['images']
  readonly nbd: Settings['nbd']
  readonly packages: Settings['packages']
  readonly audit: Settings['audit']
  readonly bootOs: Settings['bootOs']
  readonly bootModels: NonNullable<Settings['bootModels']>
  readonly log: Settings['log']
  /** What people are shown of all of it. Left out: it was not loaded, but made. */
  readonly inForce?: readonly SettingInForce[]
}

type Resolved =
  | { readonly kind: 'config'; readonly config: ApplianceConfig }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }

export function resolveConfig(settings: Settings, interfaces: Interfaces, programDir: string): Resolved {
  const resolved = resolveInterfaces(settings, interfaces)
  if (resolved.kind === 'problems') return resolved
  const problems = [...unreachable(resolved.interfaces, settings), ...halfCertificate(settings)]
  if (problems.length > 0) return { kind: 'problems', problems }
  const { http, https, tftp, agent, nodes, jobs, ssh, mail, directory, images, nbd, packages, audit, bootOs, log } = settings
  const { loaders = [], bootModels = [] } = settings
  return {
    kind: 'config',
    config: {
      ...(settings.user === undefined ? {} : { user: settings.user }),
      url: urlAt(resolved.interfaces[0]!.address, http.port),
      interfaces: resolved.interfaces,
      loaders,
      http,
      https,
      tftp,
      ...foldersOf(settings, programDir),
      agent,
      nodes,
      jobs,
      ssh,
      mail,
      directory,
      images,
      nbd,
      packages,
      audit,
      bootOs,
      bootModels,
      log,
    },
  }
}

/** Machines fetch scripts, kernel and images over HTTP at the address of their own interface. */
function unreachable(interfaces: readonly ResolvedInterface[], { http, https }: Settings): readonly Problem[] {
  const listening = [
    { key: 'http.listen', listen: http.listen },
    ...(https.isOn && https.forAgents ? [{ key: 'https.listen', listen: https.listen }] : []),
  ].filter(({ listen }) => listen !== '0.0.0.0')
  return listening.flatMap(({ key, listen }) =>
    interfaces
      .filter(({ address }) => address !== listen)
      .map(({ name, address }) => ({
        source: 'checked against this machine',
        key,
        reason: `is ${listen}: machines on ${name} could not reach ${address}`,
        example: '0.0.0.0',
      })),
  )
}

function halfCertificate({ http, https }: Settings): readonly Problem[] {
  const problem = (key: string, reason: string, example: string): Problem => ({
    source: 'checked together',
    key,
    reason,
    example,
  })
  const { certificate, key, isOn } = https
  return [
    ...((certificate === undefined) === (key === undefined)
      ? []
      : [problem('https.key', 'and https.certificate are a pair: one of them is missing', '/etc/platen/tls/key.pem')]),
    ...(http.serves === 'boot' && !isOn
      ? [problem('http.serves', 'is boot, and https.isOn is false: nobody could reach the console', 'everything')]
      : []),
  ]
}

export const urlAt = (address: string, port: number): string => `http://${address}:${port}`
