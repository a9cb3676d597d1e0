// The part of the operator API about other appliances and agent credentials, answered from plain objects.
import type { ApplianceApi } from '../../src/cli/api.ts'
import type { BootApi } from '../../src/cli/boot-api.ts'
import type { AddedAgentCredential, AgentConfigView, AgentCredentialView, ApplianceView } from '../../src/contract/appliances.ts'

import type { BootBuildView } from '../../src/contract/boot-build.ts'
import type { Architecture } from '../../src/contract/values.ts'
import { NoPeopleApi } from './no-people-api.ts'

const AT = '2026-01-02T03:04:05.000Z'
export const SECRET = 'uPa9vHqv6sSkzWk4bb1n2h8c'

const BOOT_BUILD: BootBuildView = {
  architecture: 'x64',
  number: 3,
  builtAt: AT,
  digest: 'd'.repeat(64),
  sizeBytes: 12 * 1024 * 1024,
  isInUse: true,
  wantedBy: ['class web wants it'],
  artefacts: [{ name: 'vmlinuz', sizeBytes: 12 * 1024 * 1024, digest: 'a'.repeat(64) }],
  inputs: [{ name: 'partclone', version: '0.3.36', digest: 'b'.repeat(64) }],
}

export class FixedApplianceApi extends NoPeopleApi implements ApplianceApi, BootApi {
  bootBuildsNow: BootBuildView[] = [BOOT_BUILD]
  readonly bootAsks: unknown[] = []

  async bootBuilds(): Promise<readonly BootBuildView[]> {
    return this.bootBuildsNow
  }

  async bootBuild(architecture: Architecture, number: number): Promise<BootBuildView> {
    this.bootAsks.push(['show', architecture, number])
    return { ...BOOT_BUILD, architecture, number }
  }

  async useBootBuild(architecture: Architecture, number: number): Promise<BootBuildView> {
    this.bootAsks.push(['use', architecture, number])
    return { ...BOOT_BUILD, architecture, number, variant: 'cards' }
  }

  async removeBootBuild(architecture: Architecture, number: number): Promise<void> {
    this.bootAsks.push(['remove', architecture, number])
  }

  credentialsNow: AgentCredentialView[] = [{ name: 'from-rack2', addedAt: AT }]
  appliancesNow: ApplianceView[] = [
    {
      name: 'rack2',
      url: 'http://10.78.0.1:8080',
      hasCredential: true,
      isDirectory: false,
      addedAt: AT,
      health: 'up',
      seenUpAt: AT,
    },
  ]
  /** What was said of appliances. */
  readonly applianceAsks: unknown[] = []

  async agentCredentials(): Promise<readonly AgentCredentialView[]> {
    return this.credentialsNow
  }

  async addAgentCredential(name: string): Promise<AddedAgentCredential> {
    return { name, addedAt: AT, secret: SECRET }
  }

  async removeAgentCredential(name: string): Promise<void> {
    this.applianceAsks.push(['remove credential', name])
  }

  async appliances(): Promise<readonly ApplianceView[]> {
    return this.appliancesNow
  }

  async setAppliance(...[name, entry]: Parameters<ApplianceApi['setAppliance']>): Promise<ApplianceView> {
    this.applianceAsks.push([name, entry])
    return { ...this.appliancesNow[0]!, name, url: entry.url, hasCredential: entry.credential !== undefined }
  }

  async removeAppliance(name: string): Promise<void> {
    this.applianceAsks.push(['remove', name])
  }

  async agentConfig(node: string): Promise<AgentConfigView> {
    return {
      id: node,
      configTypes: ['release'],
      appliances: [{ name: 'rack2', url: 'http://10.78.0.1:8080', credential: SECRET }],
    }
  }
}
