// The command line may ask the orchestrator's rules about a folder, but not enter the orchestrator itself.
export { checkProfileFolder } from '../orchestrator/index.ts'
