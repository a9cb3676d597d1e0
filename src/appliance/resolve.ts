// Settings and the machine's interfaces in, everything that the rooms need out; or every problem at once. Pure.
import type { LoaderRule } from '../netboot/index.ts'
import type { Settings } from './config.ts'
import { type Folders, foldersOf } from './folders.ts'
import { type Interfaces, type ResolvedInterface, resolveInterfaces } from './resolve-interfaces.ts'
import type { Problem } from './settings-merge.ts'

export interface ApplianceConfig extends Folders {
  /** http://10.77.0.1:8080, at the first interface: for people. Each machine is told that of its own. */
  readonly url: string
  /** At least one. */
  readonly interfaces: readonly ResolvedInterface[]
  readonly loaders: readonly LoaderRule[]
  readonly http: Settings['http']
  readonly tftp: Settings['tftp']
  readonly agent: Settings['agent']
  readonly nodes: Settings['nodes']
  readonly jobs: Settings['jobs']
  readonly ssh: Settings['ssh']
  readonly directory: Settings['directory']
  readonly images: Settings['images']
  readonly nbd: Settings['nbd']
  readonly packages: Settings['packages']
  readonly log: Settings['log']
}

type Resolved =
  | { readonly kind: 'config'; readonly config: ApplianceConfig }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }

export function resolveConfig(settings: Settings, interfaces: Interfaces, programDir: string): Resolved {
  const resolved = resolveInterfaces(settings, interfaces)
  if (resolved.kind === 'problems') return resolved
  const problems = unreachable(resolved.interfaces, settings.http.listen)
  if (problems.length > 0) return { kind: 'problems', problems }
  const { http, tftp, agent, nodes, jobs, ssh, directory, images, nbd, packages, log, loaders = [] } = settings
  return {
    kind: 'config',
    config: {
      url: urlAt(resolved.interfaces[0]!.address, http.port),
      interfaces: resolved.interfaces,
      loaders,
      http,
      tftp,
      ...foldersOf(settings, programDir),
      agent,
      nodes,
      jobs,
      ssh,
      directory,
      images,
      nbd,
      packages,
      log,
    },
  }
}

/** Machines fetch scripts, kernel and images over HTTP at the address of their own interface. */
function unreachable(interfaces: readonly ResolvedInterface[], listen: string): readonly Problem[] {
  if (listen === '0.0.0.0') return []
  return interfaces
    .filter(({ address }) => address !== listen)
    .map(({ name, address }) => ({
      source: 'checked against this machine',
      key: 'http.listen',
      reason: `is ${listen}: machines on ${name} could not reach ${address}`,
      example: '0.0.0.0',
    }))
}

export const urlAt = (address: string, port: number): string => `http://${address}:${port}`
