// The small plain objects that the rooms receive, made from the one configuration. Pure, but for the names of this machine.

import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { readSyslogTarget } from '../access/index.ts'
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
  const { https } = config
  return {
    dataDir: config.dataDir,
    profilesDir: config.profilesDir,
    heartbeatSeconds: config.agent.heartbeatSeconds,
    ssh: config.ssh,
    mail: config.mail,
    identityMode: config.nodes.identity,
    images: config.images,
    ...(config.nbd.isOn && { nbd: config.nbd }),
    ...(https.certificate === undefined || https.key === undefined
      ? {}
      : { siteCertificate: { certificate: https.certificate, key: https.key } }),
    ...(config.audit.syslog !== undefined && { syslog: readSyslogTarget(config.audit.syslog)! }),
    httpsNames: () => namesOfThisMachine(https.names ?? []),
    bootDir: config.bootDir,
    keepBootBuilds: config.bootOs.keepLast,
    bootModels: config.bootModels,
    packagesDir: config.packagesDir,
    centralDir: config.centralDir,
    packages: config.packages,
    directoryMode: config.directory.mode,
    // Where this appliance gives the addresses, the lease tells them.
    directories: config.interfaces.every(({ mode }) => mode === 'server') ? [] : announcedDirectories(config.directory),
    maxBootsPerJob: config.jobs.maxBoots,
    ...(config.jobs.maxRunning !== undefined && { maxRunningJobs: config.jobs.maxRunning }),
  }
}

/** As they are now: a link may come up later, and DHCP may give the appliance itself another address. */
function namesOfThisMachine(others: readonly string[]): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  // One with a zone belongs to a link, and stands in no certificate.
  return [...others, hostname(), 'localhost', ...addresses.filter(({ scopeid }) => !scopeid).map(({ address }) => address)]
}
