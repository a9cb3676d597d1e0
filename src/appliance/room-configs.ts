// The small plain objects that the rooms receive, made from the one configuration. Pure.

import { join } from 'node:path'
import type { HandedSockets, NetbootConfig } from '../netboot/index.ts'
import { announceByDhcp, announcedDirectories } from './directory-settings.ts'
import { type ApplianceConfig, urlAt } from './resolve.ts'
import type { RoomsConfig } from './rooms.ts'

export function netbootConfigOf(config: ApplianceConfig, handedSockets: HandedSockets): NetbootConfig {
  const { port, ...tftp } = config.tftp
  return {
    bootDir: config.bootDir,
    stateDir: join(config.dataDir, 'state'),
    httpPort: config.http.port,
    handedSockets,
    ports: { tftp: port },
    tftp,
    interfaces: config.interfaces.map((one) => announceByDhcp(one, config.directory, urlAt(one.address, config.http.port))),
    loaders: config.loaders,
  }
}

export function roomsConfigOf(config: ApplianceConfig): RoomsConfig {
  return {
    dataDir: config.dataDir,
    profilesDir: config.profilesDir,
    heartbeatSeconds: config.agent.heartbeatSeconds,
    ssh: config.ssh,
    identityMode: config.nodes.identity,
    images: config.images,
    ...(config.nbd.isOn && { nbd: config.nbd }),
    packagesDir: config.packagesDir,
    packages: config.packages,
    directoryMode: config.directory.mode,
    // Where this appliance gives the addresses, the lease tells them.
    directories: config.interfaces.every(({ mode }) => mode === 'server') ? [] : announcedDirectories(config.directory),
    maxBootsPerJob: config.jobs.maxBoots,
    ...(config.jobs.maxRunning !== undefined && { maxRunningJobs: config.jobs.maxRunning }),
  }
}
