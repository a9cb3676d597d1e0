// Short messages that come and go: what was done, what was refused.
import { Alert, AlertActionCloseButton, AlertGroup } from '@patternfly/react-core'
import { useSyncExternalStore } from 'react'
import { ProblemError } from '../../client/index.ts'

interface Toast {
  readonly id: number
  readonly variant: 'success' | 'danger'
  readonly title: string
  readonly text?: string
}

let toasts: readonly Toast[] = []
let nextId = 1
const listeners = new Set<() => void>()

function change(next: readonly Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}

export function tellDone(title: string): void {
  change([...toasts, { id: nextId++, variant: 'success', title }])
}

export function tellRefused(title: string, error: unknown): void {
  const text = error instanceof ProblemError ? `${error.problem.message}. ${error.problem.hint}` : String(error)
  change([...toasts, { id: nextId++, variant: 'danger', title, text }])
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => toasts,
  )
  const close = (id: number) => change(toasts.filter((toast) => toast.id !== id))
  return (
    <AlertGroup isToast isLiveRegion hasAnimations>
      {shown.map(({ id, variant, title, text }) => (
        <Alert
          key={id}
          variant={variant}
          title={title}
          component="p"
          timeout={variant === 'success' ? 6000 : 20_000}
          onTimeout={() => close(id)}
          actionClose={<AlertActionCloseButton title={title} onClose={() => close(id)} />}
        >
          {text}
        </Alert>
      ))}
    </AlertGroup>
  )
}
