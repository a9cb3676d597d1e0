// What cloud-init on a machine is told: the NoCloud files of one node. Pure, but for the template that is asked for.
import { stringify } from 'yaml'
import { AppError } from '../../contract/errors.ts'
import type { NodeView } from '../../contract/operator-api.ts'

/** The text of a template for this node; undefined: there is no template of that name. Throws TEMPLATE_NOT_RENDERED. */
export type RenderFor = (template: string, node: NodeView) => string | undefined

/** The templates that a person makes, each with the file that it becomes. */
const TEMPLATE_OF: Readonly<Record<string, string>> = {
  'user-data': 'cloud-init-user-data',
  'vendor-data': 'cloud-init-vendor-data',
  'network-config': 'cloud-init-network-config',
}
/** cloud-init takes a source without user-data for none at all. */
const NO_USER_DATA = '#cloud-config\n{}\n'

/** Throws CLOUD_INIT_NOT_FOUND for what there is not. */
export function seedFile(file: string, node: NodeView, render: RenderFor): string {
  if (file === 'meta-data') return metaData(node)
  const template = Object.hasOwn(TEMPLATE_OF, file) ? TEMPLATE_OF[file] : undefined
  const text = template === undefined ? undefined : render(template, node)
  if (text !== undefined) return text
  if (file === 'user-data') return NO_USER_DATA
  if (template === undefined)
    throw notFound(`cloud-init has no file ${file}`, 'There are meta-data, user-data, vendor-data and network-config.')
  throw notFound(`there is no template ${template}`, `Make one: platen template set ${template} --from FILE`)
}

/** Another deploy is another instance: cloud-init then does again what it does once. */
function metaData({ id, name, installed, tags, location }: NodeView): string {
  const instance = installed === undefined ? [id] : [id, installed.imageName, installed.version, Date.parse(installed.at)]
  return stringify({
    'instance-id': instance.join('.'),
    'local-hostname': name,
    platen: {
      image: installed === undefined ? null : `${installed.imageName}@${installed.version}`,
      tags: tags ?? [],
      location: location ?? null,
    },
  })
}

function notFound(message: string, hint: string): AppError {
  return new AppError('CLOUD_INIT_NOT_FOUND', message, hint)
}
