// How docs/ports-and-endpoints.md says who may call a route and how large a body it takes.
import type { Caller, Route } from '../../src/contract/routes.ts'

export function whoWords({ caller }: Pick<Route, 'caller'>): string {
  switch (caller.kind) {
    case 'anybody':
      return 'anybody'
    case 'operator':
      return caller.role
    case 'own-proof':
      return caller.proof.replaceAll('-', ' ')
    case 'agent':
      return agentWords(caller)
  }
}

function agentWords({ states, job }: Extract<Caller, { kind: 'agent' }>): string {
  const who = states.includes('unknown') ? 'any machine' : states.includes('discovered') ? 'any node' : states.join(', ')
  return job === 'running' ? `${who}; with a running job` : who
}

export function bodyWords({ bodyLimitBytes }: Pick<Route, 'bodyLimitBytes'>): string {
  if (bodyLimitBytes === 0) return '–'
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.floor(Math.log2(bodyLimitBytes) / 10)
  return `${bodyLimitBytes / 1024 ** power} ${units[power]}`
}
