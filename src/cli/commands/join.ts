// platen join
import { usage } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { centralText } from '../sites/site-words.ts'

export const joinCommand = defineCommand({
  name: 'join',
  summary: 'Have this appliance follow a central: it proves the central by the code, and fetches what its functions need.',
  words: ['<url>'],
  options: {
    code: { type: 'string', value: 'CODE', description: 'Made at central: platen site code NAME.' },
    wait: { type: 'boolean', description: 'Until all of it is here, with progress.' },
    ...API_OPTIONS,
  },
  examples: ['platen join https://central.example:8080 --code 7K2M-X9QD-PR4T-…'],

  async run(input, context) {
    const { code, wait, json } = input.values
    if (code === undefined) throw usage('join', 'join takes --code')
    const api = apiOf(input, context)
    let view = await api.joinCentral(input.words[0]!.replace(/\/+$/, ''), code)
    while (wait && !(view.itemCount > 0 && view.heldCount + view.failures.length >= view.itemCount)) {
      const text = view.current ?? (view.waitsFor === undefined ? 'asks what to fetch' : `waits for ${view.waitsFor}`)
      const percent = view.itemCount === 0 ? undefined : Math.floor((100 * view.heldCount) / view.itemCount)
      context.out.progress({ percent, text })
      await context.sleep(POLL_MS, context.signal)
      view = await api.central()
    }
    context.out.endProgress()
    context.out.print(
      json
        ? JSON.stringify(view, undefined, 2)
        : `This appliance follows ${view.url} as ${view.site}.\n${centralText(view, Date.now())}`,
    )
  },
})

const POLL_MS = 1000
