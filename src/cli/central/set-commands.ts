// platen function set, distribution set, distribution-profile set, template set, configuration-file set, site set
import { readFileSync } from 'node:fs'
import type { CentralObject, Distribution, ObjectKind } from '../../contract/central/objects.ts'
import { type OptionSpecs, usage, type Values, wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, type Command, type CommandContext, defineCommand } from '../command.ts'
import { WANTED_OPTIONS, wantedOf } from '../wanted-words.ts'
import { valueWords } from './central-words.ts'
import { FROM_OPTION, KINDS, keptText, objectIn } from './object-commands.ts'

const TITLE = { title: { type: 'string', value: 'TEXT', description: 'For people.' } } as const
const TEXTS = {
  template: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    description: 'A configuration template of its machines; repeatable.',
  },
  file: { type: 'string', multiple: true, value: 'NAME', description: 'A configuration file of its machines; repeatable.' },
} as const
const COMMON = { ...TITLE, ...FROM_OPTION, ...API_OPTIONS } as const

type Input = Parameters<typeof apiOf>[0] & {
  readonly words: readonly string[]
  readonly values: { readonly from: string | undefined; readonly title: string | undefined; readonly json: boolean }
}

async function setObject(kind: ObjectKind, input: Input, context: CommandContext, said: () => object): Promise<void> {
  const { from, title, json } = input.values
  const name = input.words[0]!
  const command = `${KINDS[kind].word} set`
  const made = from === undefined ? ({ kind, name, ...said() } as CentralObject) : objectIn(command, from, kind, name)
  const view = await apiOf(input, context).setObject(KINDS[kind].path, title === undefined ? made : { ...made, title })
  context.out.print(json ? JSON.stringify(view, undefined, 2) : keptText(kind, name, view.version))
}

/** Without what was not said. */
function some(fields: Record<string, unknown>): object {
  const isSaid = (value: unknown) => value !== undefined && !(Array.isArray(value) && value.length === 0)
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isSaid(value)))
}

const FUNCTION_OPTIONS = {
  provides: {
    type: 'string',
    multiple: true,
    value: 'FEATURE',
    description: 'What image and packages have to provide; repeatable.',
  },
  'memory-mib': { type: 'string', value: 'MIB', description: 'Memory that a machine needs.' },
  'disk-gib': { type: 'string', value: 'GIB', description: 'Size that its largest disk needs.' },
  architecture: { type: 'string', multiple: true, value: 'NAME', description: 'x64 or arm64; repeatable. Left out: all.' },
  ...TEXTS,
  distribution: {
    type: 'string',
    value: 'NAME',
    description: 'The software for it: adds an entry to the distribution profile "standard", which is made when it is not there.',
  },
  ...COMMON,
} as const satisfies OptionSpecs

const functionSet = defineCommand({
  name: 'function set',
  summary: 'Make or replace a function: what a machine is to do, without naming software.',
  words: ['<name>'],
  options: FUNCTION_OPTIONS,
  examples: [
    'platen function set web --title "Web server" --provides web-server --memory-mib 2048 --distribution debian-web',
    'platen function set web --from web.yaml',
  ],
  async run(input, context) {
    const { values } = input
    await setObject('function', input, context, () => functionOf(values))
    if (values.distribution !== undefined) await addEntry(input.words[0]!, values.distribution, input, context)
  },
})

function functionOf(values: Values<typeof FUNCTION_OPTIONS>): object {
  const needs = some({
    memoryMiB: wholeNumber('memory-mib', values['memory-mib']),
    diskGiB: wholeNumber('disk-gib', values['disk-gib']),
    architectures: values.architecture,
  })
  return some({
    provides: values.provides,
    needs: Object.keys(needs).length === 0 ? undefined : needs,
    templates: values.template,
    files: values.file,
  })
}

/** The entry of the function without conditions, in the place of one that was there. */
async function addEntry(name: string, distribution: string, input: Input, context: CommandContext): Promise<void> {
  const api = apiOf(input, context)
  const all = await api.objects('distribution-profiles')
  const before = all.some((each) => each.name === 'standard')
    ? (await api.object('distribution-profiles', 'standard')).object
    : undefined
  const profile = before?.kind === 'distribution-profile' ? before : { kind: 'distribution-profile' as const, name: 'standard' }
  const others = (profile.entries ?? []).filter((each) => each.function !== name || each.when !== undefined)
  const entries = [...others, { function: name, distribution }]
  await api.setObject('distribution-profiles', { ...profile, entries })
  if (!input.values.json) context.out.print(`distribution profile standard: ${name} is ${distribution}`)
}

const DISTRIBUTION_OPTIONS = {
  image: WANTED_OPTIONS.image,
  package: WANTED_OPTIONS.package,
  'boot-build': {
    type: 'string',
    multiple: true,
    value: 'BUILD',
    description: 'A build of the boot OS, as in x64=12; repeatable.',
  },
  profile: { type: 'string', multiple: true, value: 'NAME', description: 'A profile for sites that build; repeatable.' },
  ...TEXTS,
  ...COMMON,
} as const satisfies OptionSpecs

const distributionSet = defineCommand({
  name: 'distribution set',
  summary: 'Make or replace a distribution: a collection of images, packages, boot OS builds and profiles.',
  words: ['<name>'],
  options: DISTRIBUTION_OPTIONS,
  examples: ['platen distribution set debian-web --image debian-13:stable --package nginx@^1'],
  run: (input, context) => setObject('distribution', input, context, () => distributionOf(input.values)),
})

function distributionOf(values: Values<typeof DISTRIBUTION_OPTIONS>): object {
  const command = 'distribution set'
  const { runs, packages } = wantedOf(command, {
    ...values,
    function: undefined,
    parameter: [],
    feature: [],
    enforce: undefined,
    'kernel-argument': [],
    'boot-build': undefined,
    'boot-variant': undefined,
    console: [],
  })
  const bootBuilds = values['boot-build'].map((word): NonNullable<Distribution['bootBuilds']>[number] => {
    const [, architecture, build] = /^(x64|arm64)=([1-9]\d{0,8})$/.exec(word) ?? []
    if (architecture === undefined) throw usage(command, `--boot-build is x64=NUMBER or arm64=NUMBER, not "${word}"`)
    return { architecture: architecture as 'x64' | 'arm64', build: Number(build) }
  })
  return some({ images: runs, packages, bootBuilds, profiles: values.profile, templates: values.template, files: values.file })
}

const distributionProfileSet = defineCommand({
  name: 'distribution-profile set',
  summary: 'Make or replace a distribution profile: the map from functions to distributions. Its entries stand in a file.',
  words: ['<name>'],
  options: {
    default: { type: 'string', value: 'NAME', description: 'The distribution of functions for which no entry matches.' },
    ...COMMON,
  },
  examples: ['platen distribution-profile set standard --from standard.yaml'],
  run: (input, context) => setObject('distribution-profile', input, context, () => some({ default: input.values.default })),
})

const textSet = (kind: 'template' | 'file', summary: string, example: string): Command =>
  defineCommand({
    name: `${KINDS[kind].word} set`,
    summary,
    words: ['<name>'],
    options: {
      to: { type: 'string', value: 'PATH', description: 'Where it lies on the machine.' },
      mode: { type: 'string', value: 'MODE', description: 'As in 0600. Left out: 0644.' },
      owner: { type: 'string', value: 'UID:GID', description: 'By number. Left out: 0:0.' },
      text: { type: 'string', value: 'FILE', description: 'The file that holds the text.' },
      ...COMMON,
    },
    examples: [example],
    run: (input, context) =>
      setObject(kind, input, context, () => {
        const { to, mode, owner, text } = input.values
        if (to === undefined || text === undefined) throw usage(`${KINDS[kind].word} set`, 'it takes --to and --text, or --from')
        return some({ to, mode, owner, text: readText(`${KINDS[kind].word} set`, text) })
      }),
  })

function readText(command: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw usage(command, `${file} cannot be read: ${(error as Error).message}`)
  }
}

const siteSet = defineCommand({
  name: 'site set',
  summary: 'Make or replace what a site is: its functions, values, when and how fast it fetches.',
  words: ['<name>'],
  options: {
    function: { type: 'string', multiple: true, value: 'NAME', description: 'A function that it supports; repeatable.' },
    tag: { type: 'string', multiple: true, value: 'TAG', description: 'For conditions of distribution profiles; repeatable.' },
    ring: { type: 'string', value: 'NAME', description: 'Its stage when changes come to sites.' },
    architecture: { type: 'string', multiple: true, value: 'NAME', description: 'x64 or arm64; repeatable. Left out: all.' },
    model: {
      type: 'string',
      multiple: true,
      value: 'TEXT',
      description: 'A product of its machines; repeatable. Left out: any.',
    },
    value: {
      type: 'string',
      multiple: true,
      value: 'NAME=VALUE',
      description: 'What its templates find under values; repeatable.',
    },
    window: {
      type: 'string',
      value: 'TIMES',
      description: 'When it fetches, as in "22:00-05:00 Europe/Paris". Left out: at once.',
    },
    'max-kib-per-second': { type: 'string', value: 'KIB', description: 'How fast it fetches at most. Left out: as the line is.' },
    builds: { type: 'string', multiple: true, value: 'PROFILE', description: 'A profile by which it may build; repeatable.' },
    publishes: { type: 'boolean', description: 'Images that it built come here.' },
    ...COMMON,
  },
  examples: ['platen site set paris --function web --architecture x64 --window "22:00-05:00 Europe/Paris"'],
  run: (input, context) =>
    setObject('site', input, context, () => {
      const { values } = input
      const kib = wholeNumber('max-kib-per-second', values['max-kib-per-second'])
      const said = valueWords('site set', 'value', values.value)
      return some({
        functions: values.function.map((name) => ({ name })),
        tags: values.tag,
        ring: values.ring,
        architectures: values.architecture,
        models: values.model,
        values: Object.keys(said).length === 0 ? undefined : said,
        window: values.window,
        maxBytesPerSecond: kib === undefined ? undefined : kib * 1024,
        builds: values.builds,
        publishes: values.publishes || undefined,
      })
    }),
})

export const setCommands = {
  function: functionSet,
  distribution: distributionSet,
  'distribution-profile': distributionProfileSet,
  template: textSet(
    'template',
    'Make or replace a configuration template: a text with fields, rendered for each machine.',
    'platen template set site-conf --to /etc/nginx/conf.d/site.conf --text site.conf.liquid',
  ),
  file: textSet(
    'file',
    'Make or replace a configuration file: the same text on every machine.',
    'platen configuration-file set motd --to /etc/motd --text motd',
  ),
  site: siteSet,
} as const satisfies Record<ObjectKind, Command>
