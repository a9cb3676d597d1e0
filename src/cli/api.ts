// What the commands ask of an appliance. Declared here; api-client.ts asks it over HTTP, tests answer by themselves.
import type { ImageView, VersionCheck } from '../contract/image.ts'
import type { JobRequest, JobView } from '../contract/job.ts'
import type { JobLog, NodeView } from '../contract/operator-api.ts'
import type { ProfileView } from '../contract/profile.ts'

/** What a person may leave out of a job: the appliance fills in the defaults of the schema. */
export type NewJob = Pick<JobRequest, 'kind'> & { [K in keyof JobRequest]?: JobRequest[K] | undefined }

/** Each throws the AppError that the appliance answered with, or CLI_APPLIANCE_UNREACHABLE. */
export interface OperatorApi {
  nodes(): Promise<readonly NodeView[]>
  node(idOrName: string): Promise<NodeView>
  approveNode(idOrName: string, name: string | undefined): Promise<NodeView>
  renameNode(idOrName: string, name: string): Promise<NodeView>
  jobs(): Promise<readonly JobView[]>
  job(id: string): Promise<JobView>
  addJob(job: NewJob): Promise<JobView>
  cancelJob(id: string, reason: string): Promise<JobView>
  jobLog(id: string, fromLine: number): Promise<JobLog>
  images(): Promise<readonly ImageView[]>
  /** Takes seconds for each gigabyte. */
  verifyImage(name: string, version: number): Promise<VersionCheck>
  profiles(): Promise<readonly ProfileView[]>
  /** Looks at the folder now, rather than when it changes. */
  checkProfile(name: string): Promise<ProfileView>
}
