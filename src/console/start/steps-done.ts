// Which of the first steps are behind us, by what the appliance has and says. Pure.
import type { Finding, ImageView, NodeView } from '../app/api.ts'

export interface StepsDone {
  readonly bootOs: boolean
  readonly serve: boolean
  readonly machine: boolean
  readonly approve: boolean
  readonly capture: boolean
}

interface Seen {
  readonly findings: readonly Finding[]
  readonly isNetbootUp: boolean
  readonly nodes: readonly NodeView[]
  readonly images: readonly ImageView[]
}

export function stepsDone({ findings, isNetbootUp, nodes, images }: Seen): StepsDone {
  return {
    bootOs: findings.some(({ severity, subject }) => severity === 'good' && subject === 'boot OS'),
    serve: isNetbootUp,
    machine: nodes.length > 0,
    approve: nodes.some(({ state }) => state === 'approved'),
    capture: images.some(({ versions }) => versions.length > 0),
  }
}
