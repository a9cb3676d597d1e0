// The command line may ask the library's rules about a folder, but not enter the library itself.
export { checkPackageFolder, checkProfileFolder } from '../library/index.ts'
