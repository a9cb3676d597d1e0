// platen ca export
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const caExport = defineCommand({
  name: 'ca export',
  summary: 'Print the certificate of the CA in PEM, for browsers and systems that are to believe the appliance.',
  words: [],
  options: API_OPTIONS,
  examples: ['platen ca export > platen-ca.pem'],

  async run(input, context) {
    const ca = await apiOf(input, context).ca()
    context.out.print(input.values.json ? JSON.stringify(ca, undefined, 2) : ca.certificate.trim())
  },
})
