// The part of the operator API about other appliances and agent credentials, answered from plain objects.
import type { ApplianceApi } from '../../src/cli/api.ts'
import type { AddedAgentCredential, AgentConfigView, AgentCredentialView, ApplianceView } from '../../src/contract/appliances.ts'

import { NoPeopleApi } from './no-people-api.ts'

const AT = '2026-01-02T03:04:05.000Z'
export const SECRET = 'uPa9vHqv6sSkzWk4bb1n2h8c'

export class FixedApplianceApi extends NoPeopleApi implements ApplianceApi {
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
