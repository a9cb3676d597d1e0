// An agent's configuration BUILDCLIENT ID{WAITTIME,CONFIGINCLUDE,REDIRECTS{REDIRECT{USERNAME,PASSWORD,CONFIGLOC}}}. Pure.
import type { AgentConfigView } from '../appliances.ts'
import { ElementReader } from './read-element.ts'
import { textElement, writeXml } from './write-xml.ts'
import { parseXml } from './xml-tree.ts'

export function readBuildClient(text: string, where: string): AgentConfigView {
  const client = new ElementReader(parseXml(text, where), where).expect('BUILDCLIENT')
  const waitSeconds = client.wholeNumber('WAITTIME', 0, 86_400)
  return {
    id: client.required('ID'),
    ...(waitSeconds === undefined ? {} : { waitSeconds }),
    configTypes: (client.text('CONFIGINCLUDE') ?? '').split(/[\s,;]+/).filter((type) => type !== ''),
    appliances: client.list('REDIRECTS', 'REDIRECT').map((redirect) => {
      const url = redirect.required('CONFIGLOC')
      if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
        throw redirect.at('CONFIGLOC').wrong(`CONFIGLOC is "${url}", not the address of an appliance ${whatToWrite(url)}`)
      const credential = redirect.text('PASSWORD')
      return {
        name: redirect.text('USERNAME') ?? url,
        // Some lists name the job list itself: the appliance is what stands before it.
        url: url.replace(/\/(relbuild\.xml)?$/i, '').replace(/\/+$/, ''),
        ...(credential === undefined ? {} : { credential }),
      }
    }),
  }
}

/** Older lists lie on a file server (UNC, or a file: address of one); an appliance gives its list over HTTP. */
function whatToWrite(location: string): string {
  const [, host] = /^(?:file:)?[\\/]{2,}([^\\/]+)/i.exec(location) ?? []
  if (host === undefined) return 'like http://10.77.0.1:8080'
  return `but a path on the file server ${host}; an appliance gives its list over HTTP: write http://${host}:8080/relbuild.xml, with the name of the appliance and its port (http.port)`
}

export function writeBuildClient({ id, waitSeconds, configTypes, appliances }: AgentConfigView): string {
  return writeXml({
    name: 'BUILDCLIENT',
    attributes: { ID: id },
    inside: [
      ...textElement('WAITTIME', waitSeconds),
      ...textElement('CONFIGINCLUDE', configTypes.length > 0 ? configTypes.join(',') : undefined),
      {
        name: 'REDIRECTS',
        inside: appliances.map(({ name, url, credential }) => ({
          name: 'REDIRECT',
          inside: [...textElement('USERNAME', name), ...textElement('PASSWORD', credential), ...textElement('CONFIGLOC', url)],
        })),
      },
    ],
  })
}
