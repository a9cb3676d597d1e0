// Every command there is, in the order of the help.
import { CENTRAL_COMMANDS } from './central/commands.ts'
import type { Command } from './command.ts'
import { agentConfigExport } from './commands/agent-config-export.ts'
import { agentCredentialAdd } from './commands/agent-credential-add.ts'
import { agentCredentialList } from './commands/agent-credential-list.ts'
import { agentCredentialRemove } from './commands/agent-credential-remove.ts'
import { applianceAdd } from './commands/appliance-add.ts'
import { applianceList } from './commands/appliance-list.ts'
import { applianceRemove } from './commands/appliance-remove.ts'
import { auditList } from './commands/audit-list.ts'
import { auditVerify } from './commands/audit-verify.ts'
import { backupCreate } from './commands/backup-create.ts'
import { backupList } from './commands/backup-list.ts'
import { backupVerify } from './commands/backup-verify.ts'
import { bootBuild } from './commands/boot-build.ts'
import { bootList } from './commands/boot-list.ts'
import { bootRm } from './commands/boot-rm.ts'
import { bootShow } from './commands/boot-show.ts'
import { bootUse } from './commands/boot-use.ts'
import { build } from './commands/build.ts'
import { bundleCreate } from './commands/bundle-create.ts'
import { bundleInstall } from './commands/bundle-install.ts'
import { bundleKey } from './commands/bundle-key.ts'
import { bundleShow } from './commands/bundle-show.ts'
import { caExport } from './commands/ca-export.ts'
import { caRotate } from './commands/ca-rotate.ts'
import { caShow } from './commands/ca-show.ts'
import { centralLeave } from './commands/central-leave.ts'
import { centralShow } from './commands/central-show.ts'
import { check } from './commands/check.ts'
import { classDeploy } from './commands/class-deploy.ts'
import { classList } from './commands/class-list.ts'
import { classRemove } from './commands/class-remove.ts'
import { classRollBack } from './commands/class-roll-back.ts'
import { classRollOut } from './commands/class-roll-out.ts'
import { classSet } from './commands/class-set.ts'
import { classShow } from './commands/class-show.ts'
import { completeOf, completion } from './commands/completion.ts'
import { contextList, contextRemove, contextSet, contextUse } from './commands/context.ts'
import { doctor } from './commands/doctor.ts'
import { explainCode } from './commands/explain.ts'
import { hookList } from './commands/hook-list.ts'
import { hookRemove } from './commands/hook-remove.ts'
import { hookSet } from './commands/hook-set.ts'
import { imageCollect } from './commands/image-collect.ts'
import { imageDiff } from './commands/image-diff.ts'
import { imageExport } from './commands/image-export.ts'
import { imageFiles } from './commands/image-files.ts'
import { imageHeal } from './commands/image-heal.ts'
import { imageImport } from './commands/image-import.ts'
import { imageList } from './commands/image-list.ts'
import { imageNbd } from './commands/image-nbd.ts'
import { imagePrune } from './commands/image-prune.ts'
import { imageRm } from './commands/image-rm.ts'
import { imageScrub } from './commands/image-scrub.ts'
import { imageSet } from './commands/image-set.ts'
import { imageShow } from './commands/image-show.ts'
import { imageTag } from './commands/image-tag.ts'
import { imageUntag } from './commands/image-untag.ts'
import { imageVerify } from './commands/image-verify.ts'
import { jobAdd } from './commands/job-add.ts'
import { jobCancel } from './commands/job-cancel.ts'
import { jobFiles } from './commands/job-files.ts'
import { jobHold } from './commands/job-hold.ts'
import { jobImport } from './commands/job-import.ts'
import { jobList } from './commands/job-list.ts'
import { jobLog } from './commands/job-log.ts'
import { jobMove } from './commands/job-move.ts'
import { jobResume } from './commands/job-resume.ts'
import { jobShow } from './commands/job-show.ts'
import { joinCommand } from './commands/join.ts'
import { keyRotate } from './commands/key-rotate.ts'
import { keyShow } from './commands/key-show.ts'
import { login } from './commands/login.ts'
import { logout } from './commands/logout.ts'
import { manOf } from './commands/man.ts'
import { nodeApprove } from './commands/node-approve.ts'
import { nodeEdit } from './commands/node-edit.ts'
import { nodeExplain } from './commands/node-explain.ts'
import { nodeHistory } from './commands/node-history.ts'
import { nodeHold } from './commands/node-hold.ts'
import { nodeList } from './commands/node-list.ts'
import { nodeMerge } from './commands/node-merge.ts'
import { nodeProve } from './commands/node-prove.ts'
import { nodeReclaim } from './commands/node-reclaim.ts'
import { nodeRelease } from './commands/node-release.ts'
import { nodeRename } from './commands/node-rename.ts'
import { nodeRestart } from './commands/node-restart.ts'
import { nodeRetire } from './commands/node-retire.ts'
import { nodeRollBack } from './commands/node-roll-back.ts'
import { nodeSet } from './commands/node-set.ts'
import { nodeShow } from './commands/node-show.ts'
import { nodeSplit } from './commands/node-split.ts'
import { nodeTry } from './commands/node-try.ts'
import { operationCancel } from './commands/operation-cancel.ts'
import { operationList } from './commands/operation-list.ts'
import { operationShow } from './commands/operation-show.ts'
import { packageAdd } from './commands/package-add.ts'
import { packageCheck } from './commands/package-check.ts'
import { packageList } from './commands/package-list.ts'
import { packageResolve } from './commands/package-resolve.ts'
import { packageRm } from './commands/package-rm.ts'
import { packageShow } from './commands/package-show.ts'
import { profileCheck } from './commands/profile-check.ts'
import { profileList } from './commands/profile-list.ts'
import { profilePrepare } from './commands/profile-prepare.ts'
import { restore } from './commands/restore.ts'
import { rollOutAbort } from './commands/roll-out-abort.ts'
import { rollOutList } from './commands/roll-out-list.ts'
import { rollOutPause } from './commands/roll-out-pause.ts'
import { rollOutResume } from './commands/roll-out-resume.ts'
import { rollOutShow } from './commands/roll-out-show.ts'
import { ruleAdd } from './commands/rule-add.ts'
import { ruleList } from './commands/rule-list.ts'
import { ruleRemove } from './commands/rule-remove.ts'
import { run } from './commands/run.ts'
import { scheduleList } from './commands/schedule-list.ts'
import { scheduleRemove } from './commands/schedule-remove.ts'
import { scheduleSet } from './commands/schedule-set.ts'
import { secondFactorAdd } from './commands/second-factor-add.ts'
import { secondFactorRemove } from './commands/second-factor-remove.ts'
import { secretList } from './commands/secret-list.ts'
import { secretRemove } from './commands/secret-remove.ts'
import { secretSet } from './commands/secret-set.ts'
import { serve } from './commands/serve.ts'
import { siteCode } from './commands/site-code.ts'
import { siteList } from './commands/site-list.ts'
import { siteMove } from './commands/site-move.ts'
import { siteResume } from './commands/site-resume.ts'
import { siteRetire } from './commands/site-retire.ts'
import { siteShow } from './commands/site-show.ts'
import { siteUpdates } from './commands/site-updates.ts'
import { sshKeyShow } from './commands/ssh-key-show.ts'
import { supportBundle } from './commands/support-bundle.ts'
import { tokenAdd } from './commands/token-add.ts'
import { tokenList } from './commands/token-list.ts'
import { tokenRemove } from './commands/token-remove.ts'
import { top } from './commands/top.ts'
import { userAdd } from './commands/user-add.ts'
import { userChange } from './commands/user-change.ts'
import { userFirst } from './commands/user-first.ts'
import { userList } from './commands/user-list.ts'
import { userRemove } from './commands/user-remove.ts'
import { whoami } from './commands/whoami.ts'
import { wipe } from './commands/wipe.ts'
import { wipeVerify } from './commands/wipe-verify.ts'

export const COMMANDS: readonly Command[] = [
  serve,
  doctor,
  top,
  nodeList,
  nodeShow,
  nodeSet,
  nodeExplain,
  nodeHistory,
  nodeRollBack,
  nodeApprove,
  nodeEdit,
  nodeRename,
  nodeHold,
  nodeProve,
  nodeRelease,
  nodeReclaim,
  nodeRestart,
  nodeTry,
  nodeRetire,
  run,
  check,
  wipe,
  wipeVerify,
  nodeMerge,
  nodeSplit,
  ruleList,
  ruleAdd,
  ruleRemove,
  classList,
  classShow,
  classSet,
  classDeploy,
  classRollBack,
  classRollOut,
  rollOutList,
  rollOutShow,
  rollOutPause,
  rollOutResume,
  rollOutAbort,
  classRemove,
  build,
  jobAdd,
  jobImport,
  jobList,
  jobShow,
  jobLog,
  jobFiles,
  jobCancel,
  jobHold,
  jobResume,
  jobMove,
  operationList,
  operationShow,
  operationCancel,
  scheduleList,
  scheduleSet,
  scheduleRemove,
  siteList,
  siteShow,
  siteCode,
  siteUpdates,
  siteMove,
  siteResume,
  siteRetire,
  joinCommand,
  centralShow,
  centralLeave,
  applianceList,
  applianceAdd,
  applianceRemove,
  agentCredentialList,
  agentCredentialAdd,
  agentCredentialRemove,
  agentConfigExport,
  sshKeyShow,
  contextList,
  contextSet,
  contextUse,
  contextRemove,
  login,
  logout,
  whoami,
  secondFactorAdd,
  secondFactorRemove,
  userList,
  userFirst,
  userAdd,
  userChange,
  userRemove,
  tokenList,
  tokenAdd,
  tokenRemove,
  secretSet,
  secretList,
  secretRemove,
  auditList,
  auditVerify,
  caShow,
  caExport,
  caRotate,
  keyShow,
  keyRotate,
  hookList,
  hookSet,
  hookRemove,
  imageList,
  imageShow,
  imageVerify,
  imageScrub,
  imageHeal,
  imageFiles,
  imageDiff,
  imageExport,
  imageNbd,
  imageImport,
  imageSet,
  imageTag,
  imageUntag,
  imageRm,
  imagePrune,
  imageCollect,
  packageList,
  packageShow,
  packageAdd,
  packageCheck,
  packageResolve,
  packageRm,
  backupCreate,
  backupList,
  backupVerify,
  restore,
  supportBundle,
  bundleCreate,
  bundleShow,
  bundleInstall,
  bundleKey,
  profileList,
  profileCheck,
  profilePrepare,
  bootBuild,
  bootList,
  bootShow,
  bootUse,
  bootRm,
  ...CENTRAL_COMMANDS,
  explainCode,
  manOf(() => COMMANDS),
  completion,
  completeOf(() => COMMANDS),
]
