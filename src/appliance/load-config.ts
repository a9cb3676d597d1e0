// Reads the settings and the machine's interfaces, and gives the whole configuration. Touches the disk, writes nothing.
import { networkInterfaces } from 'node:os'
import { PROGRAM_DIR } from './folders.ts'
import { invalidSettings, loadWithOrigins, type SettingSources } from './load-settings.ts'
import { type ApplianceConfig, resolveConfig } from './resolve.ts'
import type { Interfaces } from './resolve-interfaces.ts'
import { settingsInForce } from './settings-in-force.ts'

interface ConfigSources extends SettingSources {
  /** This machine's own, when left out. */
  readonly interfaces?: Interfaces
}

/** Throws APPLIANCE_CONFIG_INVALID with every problem in it. */
export function loadConfig(sources: ConfigSources): ApplianceConfig {
  const { settings, origins } = loadWithOrigins(sources)
  const resolved = resolveConfig(settings, sources.interfaces ?? networkInterfaces(), PROGRAM_DIR)
  if (resolved.kind === 'problems') throw invalidSettings(resolved.problems)
  return { ...resolved.config, inForce: settingsInForce(settings, origins) }
}
