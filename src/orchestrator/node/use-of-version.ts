// Why a version of an image must stay: a node runs it, a class should, or a job is about to bring it there. Pure.

export interface VersionUsers {
  readonly nodes: Iterable<{
    readonly name: string
    readonly installed?: { readonly imageName: string; readonly version: number }
  }>
  /** Names of the classes whose nodes should run it. */
  readonly classes: readonly string[]
  /** Jobs that have not ended. */
  readonly jobs: Iterable<{ readonly id: string; readonly image: string | undefined; readonly version: number | undefined }>
}

export function useOfVersion(
  wanted: { readonly imageName: string; readonly version: number },
  { nodes, classes, jobs }: VersionUsers,
): string | undefined {
  for (const { name, installed } of nodes) {
    if (installed?.imageName === wanted.imageName && installed.version === wanted.version) return `${name} runs it`
  }
  if (classes[0] !== undefined) return `class ${classes[0]} should run it`
  for (const { id, image, version } of jobs) {
    if (image === wanted.imageName && version === wanted.version) return `job ${id} deploys it`
  }
  return undefined
}
