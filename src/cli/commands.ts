// Every command there is, in the order of the help.
import type { Command } from './command.ts'
import { bootBuild } from './commands/boot-build.ts'
import { bootShow } from './commands/boot-show.ts'
import { imageList } from './commands/image-list.ts'
import { imageShow } from './commands/image-show.ts'
import { imageVerify } from './commands/image-verify.ts'
import { jobAdd } from './commands/job-add.ts'
import { jobCancel } from './commands/job-cancel.ts'
import { jobList } from './commands/job-list.ts'
import { jobLog } from './commands/job-log.ts'
import { jobShow } from './commands/job-show.ts'
import { nodeApprove } from './commands/node-approve.ts'
import { nodeList } from './commands/node-list.ts'
import { nodeRename } from './commands/node-rename.ts'
import { nodeShow } from './commands/node-show.ts'
import { profileCheck } from './commands/profile-check.ts'
import { profileList } from './commands/profile-list.ts'
import { profilePrepare } from './commands/profile-prepare.ts'
import { serve } from './commands/serve.ts'

export const COMMANDS: readonly Command[] = [
  serve,
  nodeList,
  nodeShow,
  nodeApprove,
  nodeRename,
  jobAdd,
  jobList,
  jobShow,
  jobLog,
  jobCancel,
  imageList,
  imageShow,
  imageVerify,
  profileList,
  profileCheck,
  profilePrepare,
  bootBuild,
  bootShow,
]
