// platen profile list
import { formatAgo } from '../format.ts'
import { defineList } from '../listing.ts'

export const profileList = defineList({
  name: 'profile list',
  summary: 'List the profiles that the appliance has loaded.',
  read: (api) => api.profiles(),
  heading: ['PROFILE', 'IMAGE', 'FOR', 'REVISION', 'LOADED', 'PROBLEMS'],
  agoColumn: 4,
  row: (profile, now) => [
    profile.name,
    profile.imageName ?? '-',
    profile.architecture ?? '-',
    profile.revision?.slice(0, 12) ?? '-',
    profile.loadedAt === undefined ? '-' : formatAgo(profile.loadedAt, now),
    profile.problems.length === 0 ? 'good' : `${profile.problems.length} in the folder: platen profile check ${profile.name}`,
  ],
  empty: 'No profiles. Drop a folder with a profile.yaml into the profiles folder.',
  changesWith: ['profile.*'],
})
