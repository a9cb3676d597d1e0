// What a site tells its central: what happened, in order and once; then how it stands now.

import { Value } from 'typebox/value'
import { JournalAck, type SiteReport } from '../../../contract/central/follow.ts'
import type { CentralView } from '../../../contract/central/follow-api.ts'
import type { NodeView } from '../../../contract/operator-api.ts'
import type { ImageStoreService } from '../../../library/index.ts'
import type { CentralLink } from './central-link.ts'
import type { Journal } from './journal.ts'

export interface TellingDeps {
  readonly journal: Journal
  readonly images: ImageStoreService
  /** Of this program. */
  readonly version: string
  fleet(): { readonly nodes: readonly NodeView[]; readonly drifted: readonly string[] }
}

const ENTRIES_AT_ONCE = 500
const MOST_NODES = 2000

export async function tell(
  link: CentralLink,
  deps: TellingDeps,
  standing: CentralView & { readonly offer: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { journal } = deps
  for (let entries = journal.next(ENTRIES_AT_ONCE); entries.length > 0; entries = journal.next(ENTRIES_AT_ONCE)) {
    const answer = await link.json({ path: '/journal', json: { journal: journal.journal, entries }, signal })
    if (!Value.Check(JournalAck, answer) || answer.seq < entries[0]!.seq) break
    await journal.acknowledged(answer.seq)
  }
  await link.json({ path: '/report', json: await reportOf(deps, standing), signal })
}

async function reportOf(
  { images, fleet, version }: TellingDeps,
  standing: CentralView & { readonly offer: string | undefined },
): Promise<SiteReport> {
  const { nodes, drifted } = fleet()
  const { revision, itemCount, heldCount, leftBytes, receivedBytes, current, failures, refusal, offer } = standing
  const { freeBytes, totalBytes } = await images.space()
  return {
    version,
    ...(offer === undefined ? {} : { offer }),
    revision,
    itemCount,
    heldCount,
    leftBytes,
    receivedBytes,
    ...(current === undefined ? {} : { current }),
    failures: failures.slice(0, 200),
    ...(refusal === undefined ? {} : { refusal }),
    nodeCount: nodes.length,
    nodes: nodes.slice(0, MOST_NODES).map(({ name, state, presence, installed, lastSeenAt }) => ({
      name,
      state,
      presence,
      ...(installed === undefined ? {} : { installed: `${installed.imageName} ${installed.version}` }),
      lastSeenAt,
    })),
    drifted: drifted.slice(0, MOST_NODES),
    runningJobs: nodes.filter(({ runningJobId }) => runningJobId !== undefined).length,
    imageVersions: images.list().reduce((sum, { versions }) => sum + versions.length, 0),
    storeFreeBytes: freeBytes,
    storeTotalBytes: totalBytes,
  }
}
