// platen context list, set, use, remove
import { resolve } from 'node:path'
import { usage } from '../arguments.ts'
import { defineCommand, JSON_OPTION } from '../command.ts'
import { contextOf, isContextName, readContexts, writeContexts } from '../contexts.ts'

export const contextList = defineCommand({
  name: 'context list',
  summary: 'List the connections that you keep by name; * marks the one in use.',
  words: [],
  options: JSON_OPTION,

  async run({ values }, { out, environment }) {
    const { current, contexts } = readContexts(environment)
    const list = Object.entries(contexts).map(([name, context]) => ({ name, ...context, inUse: name === current }))
    if (values.json) return out.print(JSON.stringify(list, undefined, 2))
    if (list.length === 0) return out.print('No contexts. Keep one: `platen context set NAME --url URL`.')
    const rows = list.map(({ name, url, tokenFile, inUse }) => [name, inUse ? '*' : '', url, tokenFile ?? 'your login'])
    out.table([['CONTEXT', 'IN USE', 'URL', 'TOKEN'], ...rows])
  },
})

export const contextSet = defineCommand({
  name: 'context set',
  summary: 'Keep a connection by a name: where the appliance is, and by which token it is asked. The first one is used at once.',
  words: ['<name>'],
  options: {
    url: { type: 'string', value: 'URL', description: 'The appliance.' },
    'token-file': { type: 'string', value: 'FILE', description: 'File with a token. Left out: your login there.' },
  },
  examples: ['platen context set lab --url http://10.77.0.1:8080', 'platen login ann --context lab'],

  async run({ values, words }, { out, environment }) {
    const [name = ''] = words
    const { url, 'token-file': tokenFile } = values
    if (!isContextName(name)) throw usage('context set', `"${name}" is no name: letters, digits, ".", "_" and "-", 64 at most`)
    if (url === undefined || !/^https?:\/\/[^\s]+$/.test(url))
      throw usage('context set', 'context set needs --url http://HOST:PORT')
    const kept = readContexts(environment)
    const context = { url, ...(tokenFile !== undefined && { tokenFile: resolve(tokenFile) }) }
    writeContexts({ current: kept.current ?? name, contexts: { ...kept.contexts, [name]: context } }, environment)
    out.print(`${name} is ${url}${kept.current === undefined ? ', in use from now on' : ''}`)
  },
})

export const contextUse = defineCommand({
  name: 'context use',
  summary: 'Ask this appliance from now on.',
  words: ['<context>'],
  options: {},

  async run({ words }, { out, environment }) {
    const [name = ''] = words
    const kept = readContexts(environment)
    const { url } = contextOf(kept.contexts, name)
    writeContexts({ ...kept, current: name }, environment)
    out.print(`commands ask ${name} (${url}) from now on`)
  },
})

export const contextRemove = defineCommand({
  name: 'context remove',
  summary: 'Forget a connection. Its token and your login stay.',
  words: ['<context>'],
  options: {},

  async run({ words }, { out, environment }) {
    const [name = ''] = words
    const { current, contexts } = readContexts(environment)
    contextOf(contexts, name)
    const rest = Object.fromEntries(Object.entries(contexts).filter(([each]) => each !== name))
    writeContexts({ ...(current !== undefined && current !== name && { current }), contexts: rest }, environment)
    out.print(`${name} is forgotten`)
  },
})
