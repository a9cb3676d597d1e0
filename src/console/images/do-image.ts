// What can be done to a version with one call.
import { type Schema, unwrap } from '../../client/index.ts'
import { api, type ImageVersionView, KEYS, queries } from '../app/api.ts'
import { tellRefused } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'

type Named = Pick<ImageVersionView, 'imageName' | 'version'>

const paramsOf = ({ imageName, version }: Named) => ({ path: { imageName, version } })
const readAgain = () => queries.invalidateQueries({ queryKey: KEYS.images })

export async function setTag(version: Named, tag: string): Promise<void> {
  const { path } = paramsOf(version)
  await unwrap(api.PUT('/api/v1/images/{imageName}/versions/{version}/tags/{tag}', { params: { path: { ...path, tag } } }))
  await readAgain()
}

export async function removeTag(imageName: string, tag: string): Promise<void> {
  try {
    await unwrap(api.DELETE('/api/v1/images/{imageName}/tags/{tag}', { params: { path: { imageName, tag } } }))
  } catch (error) {
    tellRefused(t.actions.refused(t.images.untag(tag)), error)
  }
  await readAgain()
}

export async function removeVersion(version: Named): Promise<void> {
  await unwrap(api.DELETE('/api/v1/images/{imageName}/versions/{version}', { params: paramsOf(version) }))
  await readAgain()
}

export const beginVerify = (version: Named) =>
  unwrap(api.POST('/api/v1/images/{imageName}/versions/{version}/verify', { params: paramsOf(version) }))

export const askVerify = (version: Named) =>
  unwrap(api.GET('/api/v1/images/{imageName}/versions/{version}/verify', { params: paramsOf(version) }))

/** dryRun: only says what would be removed. */
export async function prune(imageName: string, policy: Schema<'RetentionPolicy'>): Promise<Schema<'PruneResult'>> {
  const result = await unwrap(api.POST('/api/v1/images/{imageName}/prune', { params: { path: { imageName } }, body: policy }))
  if (!policy.dryRun) await readAgain()
  return result
}

/** Gives the file to the browser under its name. */
export async function downloadFile({ imageName, version }: Named, path: string): Promise<void> {
  const asked = api.GET('/api/v1/images/{imageName}/versions/{version}/files/content', {
    params: { path: { imageName, version }, query: { path } },
    parseAs: 'blob',
  })
  const url = URL.createObjectURL((await unwrap(asked)) as unknown as Blob)
  const link = Object.assign(document.createElement('a'), { href: url, download: path.split('/').at(-1) ?? 'file' })
  link.click()
  // The browser has taken it when the click is over.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
