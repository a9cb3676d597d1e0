// platen top
import type { OperatorApi } from '../api.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { type Fleet, topScreen } from '../top-screen.ts'
import { lookWhenTold } from '../watch.ts'

const PLAIN_COLUMNS = 120

export const top = defineCommand({
  name: 'top',
  summary: 'Show the fleet as it works: jobs with their bars, the queue, what needs you. Live in a terminal, once elsewhere.',
  words: [],
  options: API_OPTIONS,
  examples: ['platen top', 'platen top | head -20'],

  async run(input, context) {
    const api = apiOf(input, context)
    const first = await fleetOf(api)
    const { out } = context
    if (input.values.json) return out.print(JSON.stringify(first, undefined, 2))
    const title = (now: number) => `platen ${new Date(now).toISOString().slice(0, 19).replace('T', ' ')} UTC`
    const screen = out.openScreen()
    if (screen === undefined)
      return out.print(topScreen(first, title(Date.now()), { columns: PLAIN_COLUMNS, rows: undefined }, Date.now()).join('\n'))
    const draw = (fleet: Fleet, line = '') => {
      const now = Date.now()
      screen.draw(topScreen(fleet, `${title(now)}${line}`, screen.size(), now))
    }
    let fleet = first
    try {
      draw(fleet)
      const shown = {
        signal: context.signal,
        sleep: context.sleep,
        out: { printError: (text: string) => draw(fleet, `  ${text}`) },
      }
      await lookWhenTold(api, ['node.*', 'job.*', 'store.*'], shown, async () => {
        fleet = await fleetOf(api)
        draw(fleet)
      })
    } finally {
      screen.close()
    }
  },
})

async function fleetOf(api: OperatorApi): Promise<Fleet> {
  const [nodes, jobs, findings] = await Promise.all([api.nodes(), api.jobs(), api.doctor()])
  return { nodes, jobs, findings }
}
