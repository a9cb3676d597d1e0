// The door of this room for the command line: the engine of the agent on image files. The agent itself starts at main.ts.
export { checkContent } from './image-file/check-content.ts'
export { type BundleContent, checkBundleFile, readBundleIndex, saveBundle } from './image-file/composite-file.ts'
export { diffFiles, type FilesOrder, type PartitionFiles } from './image-file/diff-files.ts'
export { type ExportFormat, type ExportOrder, exportImage } from './image-file/export-image.ts'
export type { FileWork } from './image-file/file-work.ts'
export { folderStream } from './image-file/folder-stream.ts'
export { type ImportOrder, importImage } from './image-file/import-image.ts'
export type { PackWish } from './image-file/pack-file.ts'
