// The jobs of one node, the newest first.
import { type NodeView, useJobs } from '../app/api.ts'
import { JobTable } from '../jobs/job-table.tsx'
import { Asked } from '../parts/screen.tsx'
import { t } from '../words/index.ts'

export function NodeJobs({ node: { id, name } }: { readonly node: NodeView }) {
  return (
    <Asked of={useJobs()}>
      {(all) => {
        const own = all.filter(({ nodeId, request }) => nodeId === id || request.node === id || request.node === name)
        return <JobTable jobs={own} empty={{ title: t.node.noJobs }} />
      }}
    </Asked>
  )
}
