// platen ca show
import type { CaView } from '../../contract/certificates.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { table } from '../table.ts'

export const caShow = defineCommand({
  name: 'ca show',
  summary: 'Show the CA of the appliance, the certificates that HTTPS shows, and until when they are good.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const ca = await apiOf(input, context).ca()
    context.out.print(input.values.json ? JSON.stringify(ca, undefined, 2) : caText(ca))
  },
})

export function caText({ fingerprint, validUntil, before, server }: CaView): string {
  return table([
    ['CA', `SHA-256 ${fingerprint}`],
    ['', `valid until ${validUntil}`],
    ...before.map((one) => ['before', `SHA-256 ${one.fingerprint}, followed until ${one.followedUntil}`]),
    ...(server === undefined ? [['HTTPS', 'is off, or its port is taken: platen doctor']] : serverRows(server)),
  ])
}

function serverRows({ port, validUntil, names, ofSite }: NonNullable<CaView['server']>): readonly string[][] {
  const own = [
    ['HTTPS', `port ${port}`],
    ['its own certificate', `valid until ${validUntil}, made anew by itself`],
    ['for', names.join(', ')],
  ]
  if (ofSite === undefined) return own
  return [...own, ["the site's", `${ofSite.file}, valid until ${ofSite.validUntil}`], ['for', ofSite.names.join(', ')]]
}
