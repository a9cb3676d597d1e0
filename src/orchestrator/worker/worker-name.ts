// Who works on a job without our agent: an agent credential, and the name that the worker gives itself. It stands where a node's id would. Pure.

const PREFIX = 'worker:'

/** Names hold no slash, on either side. */
export function workerIdOf(credential: string, clientId: string): string {
  return `${PREFIX}${credential}/${clientId}`
}

/** undefined: it is a node. */
export function workerNameOf(id: string | undefined): string | undefined {
  return id?.startsWith(PREFIX) === true ? id.slice(id.indexOf('/') + 1) : undefined
}

/** Whether what speaks with this credential is the worker of that id. */
export function isOfCredential(id: string, credential: string): boolean {
  return id.startsWith(`${PREFIX}${credential}/`)
}
