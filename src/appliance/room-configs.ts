// The small plain objects that the rooms receive, made from the one configuration. Pure.

import { join } from 'node:path'
import type { HandedSockets, NetbootConfig } from '../netboot/index.ts'
import type { OrchestratorConfig } from '../orchestrator/index.ts'
import { prefixLength, subnetOf, toAddress } from './ipv4.ts'
import type { ApplianceConfig } from './resolve.ts'

export function netbootConfigOf(config: ApplianceConfig, handedSockets: HandedSockets): NetbootConfig {
  const { dhcp, address, netmask } = config
  const bits = prefixLength(netmask)
  const subnet = {
    network: `${toAddress(subnetOf(address, netmask).network)}/${bits}`,
    ranges: [{ first: dhcp.rangeStart, last: dhcp.rangeEnd }],
    leaseSeconds: dhcp.leaseSeconds,
    routers: dhcp.router === undefined ? [] : [dhcp.router],
    dnsServers: dhcp.dns,
    ntpServers: dhcp.ntp,
    domainName: dhcp.domain,
  }
  return {
    bootDir: config.bootDir,
    stateDir: join(config.dataDir, 'state'),
    httpPort: config.http.port,
    handedSockets,
    ports: { tftp: config.tftp.port },
    interfaces: [{ name: config.interface, mode: dhcp.mode, address, prefixLength: bits, subnets: [subnet] }],
  }
}

export function orchestratorConfigOf(config: ApplianceConfig): OrchestratorConfig {
  return {
    dataDir: config.dataDir,
    profilesDir: config.profilesDir,
    heartbeatSeconds: config.agent.heartbeatSeconds,
    ...(config.jobs.maxRunning !== undefined && { maxRunningJobs: config.jobs.maxRunning }),
  }
}
