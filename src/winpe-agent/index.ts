// The door of this room for the command line: the engine of the agent on image files. The agent itself starts at main.ts.
export { type ExportFormat, exportImage } from './image-file/export-image.ts'
export type { FileWork, OperatorAccess } from './image-file/file-work.ts'
export { formatOfFile, importImage } from './image-file/import-image.ts'
