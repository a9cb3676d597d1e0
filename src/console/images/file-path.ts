// Paths inside of an image. Pure.
export const joinPath = (folder: string, name: string): string => `${folder.replace(/\/+$/, '')}/${name}`

/** Every folder on the way, the root first: its label is empty. */
export function partsOf(path: string): readonly { readonly label: string; readonly path: string }[] {
  const names = path.split('/').filter((name) => name !== '')
  return [{ label: '', path: '/' }, ...names.map((label, n) => ({ label, path: `/${names.slice(0, n + 1).join('/')}` }))]
}
