// For which machines it is packed, and what their names are to Debian, npm and OCI. Pure.
export interface Target {
  /** Of Debian and OCI. */
  readonly architecture: 'amd64' | 'arm64'
  /** Of npm. */
  readonly cpu: 'x64' | 'arm64'
}

export const TARGETS: readonly Target[] = [
  { architecture: 'amd64', cpu: 'x64' },
  { architecture: 'arm64', cpu: 'arm64' },
]
