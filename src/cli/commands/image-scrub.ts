// platen image scrub
import { AppError } from '../../contract/errors.ts'
import type { ScrubStatus } from '../../contract/image-care.ts'
import type { OperatorApi } from '../api.ts'
import { API_OPTIONS, apiOf, type CommandContext, defineCommand } from '../command.ts'

const PAUSE_MS = 1000

export const imageScrub = defineCommand({
  name: 'image scrub',
  summary: 'Read every chunk of the store and check it; exit status 0 when no version lacks anything.',
  words: [],
  options: { last: { type: 'boolean', description: 'Only tell what the last time found.' }, ...API_OPTIONS },

  async run(input, context) {
    const api = apiOf(input, context)
    const status = input.values.last ? await api.scrubStatus() : await scrubNow(api, context)
    context.out.print(input.values.json ? JSON.stringify(status, undefined, 2) : describeScrub(status))
    const hurt = status.last?.result.hurt ?? []
    if (hurt.length === 0) return
    throw new AppError(
      'IMAGE_CHUNK_CORRUPT',
      `chunks are lost: ${hurt.map(({ imageName, version }) => `${imageName} ${version}`).join(', ')}`,
      'Fetch them from the nodes that hold them with `platen image heal`. Deploys of these versions are refused until then.',
    )
  },
})

async function scrubNow(api: OperatorApi, { out, signal, sleep }: CommandContext): Promise<ScrubStatus> {
  for (let status = await api.beginScrub(); ; status = await api.scrubStatus()) {
    if (!status.isRunning) {
      out.endProgress()
      return status
    }
    out.progress({ percent: undefined, text: `${status.checkedChunks ?? 0} chunks checked` })
    await sleep(PAUSE_MS, signal)
  }
}

function describeScrub({ isRunning, startedAt, checkedChunks, last, nextAt }: ScrubStatus): string {
  const lines: string[] = []
  if (isRunning) lines.push(`running since ${startedAt}, ${checkedChunks} chunks checked`)
  if (last === undefined) lines.push('No scrub has ended yet.')
  else {
    const { result } = last
    lines.push(`${last.endedAt}: ${result.checkedChunks} chunks checked, ${result.damaged.length} damaged`)
    for (const { reason } of result.damaged) lines.push(`  ${reason}`)
    for (const { imageName, version, chunks, heldBy, unreadable } of result.hurt) {
      const holders = heldBy.join(', ') || 'no node'
      lines.push(unreadable ?? `${imageName} version ${version} lacks ${chunks} chunks; held by ${holders}`)
    }
  }
  lines.push(nextAt === undefined ? 'No scrub by timer (images.scrubDays is 0).' : `The next one by timer: ${nextAt}`)
  return lines.join('\n')
}
