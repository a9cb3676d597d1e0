// What the commands ask an appliance about builds of its boot OS.
import type { BootBuildSummary, BootBuildView } from '../contract/boot-build.ts'
import type { Architecture } from '../contract/values.ts'

export interface BootApi {
  bootBuilds(): Promise<readonly BootBuildSummary[]>
  bootBuild(architecture: Architecture, number: number): Promise<BootBuildView>
  useBootBuild(architecture: Architecture, number: number): Promise<BootBuildView>
  removeBootBuild(architecture: Architecture, number: number): Promise<void>
}
