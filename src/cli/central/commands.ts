// Every command about what central keeps, in the order of the help.
import { API_OPTIONS, apiOf, type Command, defineCommand } from '../command.ts'
import { differenceLines, explanationText, planText } from './central-words.ts'
import { objectCommands } from './object-commands.ts'
import { setCommands } from './set-commands.ts'

const FOR_OPTIONS = {
  site: { type: 'string', value: 'NAME', description: 'At this site. Left out: here.' },
  node: { type: 'string', value: 'NODE', description: 'For this machine.' },
} as const

const functionExplain = defineCommand({
  name: 'function explain',
  summary: 'Why a function comes to which software: which entry counted, why the others did not, which versions that means.',
  words: ['<name>'],
  options: { ...FOR_OPTIONS, ...API_OPTIONS },
  examples: ['platen function explain web --site paris', 'platen function explain web --node rack1-07'],
  async run(input, context) {
    const explained = await apiOf(input, context).explainFunction(input.words[0]!, asked(input.values))
    context.out.print(input.values.json ? JSON.stringify(explained, undefined, 2) : explanationText(explained))
  },
})

const templateRender = defineCommand({
  name: 'template render',
  summary: 'Show what a template comes to for a machine or a site, and which lines a machine has otherwise.',
  words: ['<name>'],
  options: {
    ...FOR_OPTIONS,
    function: {
      type: 'string',
      value: 'NAME',
      description: 'With the parameters of this function. Left out: that of the machine, else the one that names the template.',
    },
    ...API_OPTIONS,
  },
  examples: ['platen template render site-conf --site paris --node rack1-07'],
  async run(input, context) {
    const { function: name, ...values } = input.values
    const query = { ...asked(values), ...(name === undefined ? {} : { function: name }) }
    const rendered = await apiOf(input, context).renderTemplate(input.words[0]!, query)
    if (input.values.json) return context.out.print(JSON.stringify(rendered, undefined, 2))
    context.out.print(rendered.text.replace(/\n$/, ''))
    // Beside the text, which may go into a file.
    for (const line of differenceLines(rendered)) context.out.printError(line)
  },
})

const sitePlan = defineCommand({
  name: 'site plan',
  summary: 'Show what would travel to a site that has nothing: what, how large it is as stored, and who needs it.',
  words: ['<site>'],
  options: API_OPTIONS,
  examples: ['platen site plan paris'],
  async run(input, context) {
    const plan = await apiOf(input, context).sitePlan(input.words[0]!)
    context.out.print(input.values.json ? JSON.stringify(plan, undefined, 2) : planText(plan))
  },
})

const centralCheck = defineCommand({
  name: 'central check',
  summary: 'Load the folder of functions, distributions, templates and sites now, and tell its problems with lines.',
  words: [],
  options: API_OPTIONS,
  async run(input, context) {
    const report = await apiOf(input, context).checkCentralFolder()
    const told = report.problems.map(({ file, line, reason }) => `${file}:${line === undefined ? '' : `${line}:`} ${reason}`)
    const summary = `${report.folder}: ${report.files} files, ${told.length} problems`
    context.out.print(input.values.json ? JSON.stringify(report, undefined, 2) : [...told, summary].join('\n'))
  },
})

function asked({ site, node }: { readonly site: string | undefined; readonly node: string | undefined }): Record<string, string> {
  return { ...(site === undefined ? {} : { site }), ...(node === undefined ? {} : { node }) }
}

export const CENTRAL_COMMANDS: readonly Command[] = [
  setCommands.function,
  ...objectCommands('function'),
  functionExplain,
  setCommands.distribution,
  ...objectCommands('distribution'),
  setCommands['distribution-profile'],
  ...objectCommands('distribution-profile'),
  setCommands.template,
  ...objectCommands('template'),
  templateRender,
  setCommands.file,
  ...objectCommands('file'),
  setCommands.site,
  sitePlan,
  ...objectCommands('site'),
  centralCheck,
]
