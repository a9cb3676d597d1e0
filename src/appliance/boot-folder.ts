// The command line may ask the library for the builds in a boot folder and what is added to them, but not enter the library itself.
export { loadBootAdditions, openBootBuilds } from '../library/index.ts'
