// What a build tells while it runs. Pure: types only.

export interface BootBuildProgress {
  readonly stage: 'resolve' | 'download' | 'unpack' | 'modules' | 'compress' | 'agent' | 'variant' | 'done'
  readonly detail: string
  readonly doneBytes?: number
  readonly totalBytes?: number
}

export type ReportProgress = (progress: BootBuildProgress) => void
