// What is put into a deployed system so that it can speak for itself: the program, its unit, where the appliance is, and the secret. Reads the
// program and the unit from this folder.
import { readFile } from 'node:fs/promises'
import type { RunningNodeFiles } from '../../contract/node-words.ts'

const FOLDER = '/usr/local/lib/platen'
const UNIT = '/etc/systemd/system/platen-node.service'

export async function runningNodeFiles({
  applianceUrl,
  ca,
  secret,
  healthProgram,
}: {
  readonly applianceUrl: string
  /** Certificates in PEM that its HTTPS is known by. Left out: it does not speak HTTPS. */
  readonly ca?: string
  readonly secret: string
  /** One more check of its health. */
  readonly healthProgram?: string
}): Promise<RunningNodeFiles> {
  const own = (name: string) => readFile(new URL(name, import.meta.url), 'utf8')
  return {
    files: [
      { path: `${FOLDER}/platen-node`, mode: 0o755, text: await own('./platen-node.sh') },
      { path: UNIT, mode: 0o644, text: await own('./platen-node.service') },
      { path: '/etc/platen/node.conf', mode: 0o600, text: `PLATEN_URL=${quoted(applianceUrl)}\n` },
      ...(ca === undefined ? [] : [{ path: '/etc/platen/ca.pem', mode: 0o644, text: ca }]),
      { path: '/etc/platen/node.header', mode: 0o600, text: `Authorization: Bearer ${secret}\n` },
      ...(healthProgram === undefined ? [] : [{ path: '/etc/platen/health.d/roll-out', mode: 0o755, text: healthProgram }]),
    ],
    links: [{ path: '/etc/systemd/system/multi-user.target.wants/platen-node.service', to: UNIT }],
  }
}

/** For a shell that reads it as its own text. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
