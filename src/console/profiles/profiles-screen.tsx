// What is in the profiles folder, and what is wrong with it.
import { Button, Label, List, ListItem } from '@patternfly/react-core'
import { useNavigate } from '@tanstack/react-router'
import { unwrap } from '../../client/index.ts'
import { api, type ProfileView, useProfiles } from '../app/api.ts'
import { useNow } from '../parts/clock.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { ago } from '../parts/format.ts'
import { Asked, Screen } from '../parts/screen.tsx'
import { tellDone, tellRefused } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'

export function ProfilesScreen() {
  const now = useNow()
  const columns: readonly Column<ProfileView>[] = [
    {
      key: 'name',
      head: t.profiles.columns.name,
      width: 20,
      cell: ({ name, title }) => (
        <>
          <strong>{name}</strong>
          {title === undefined ? undefined : <div className="pl-dim">{title}</div>}
        </>
      ),
    },
    { key: 'image', head: t.profiles.columns.image, cell: ({ imageName }) => imageName },
    { key: 'architecture', head: t.profiles.columns.architecture, isMinor: true, cell: ({ architecture }) => architecture },
    {
      key: 'revision',
      isFit: true,
      head: t.profiles.columns.revision,
      isMinor: true,
      cell: ({ revision }) => <span className="pl-mono">{revision?.slice(0, 12)}</span>,
    },
    {
      key: 'loaded',
      isFit: true,
      head: t.profiles.columns.loaded,
      isMinor: true,
      cell: ({ loadedAt }) => (loadedAt === undefined ? undefined : ago(loadedAt, now)),
    },
    { key: 'state', head: t.profiles.columns.state, width: 30, cell: (profile) => <Standing profile={profile} /> },
    { key: 'build', isFit: true, head: t.common.actions, cell: (profile) => <Build profile={profile} /> },
  ]
  return (
    <Screen title={t.profiles.title}>
      <Asked of={useProfiles()}>
        {(profiles) => (
          <DataTable
            label={t.profiles.title}
            columns={columns}
            rows={profiles}
            keyOf={({ name }) => name}
            empty={{ title: t.profiles.noProfiles, hint: t.profiles.noProfilesHint }}
          />
        )}
      </Asked>
    </Screen>
  )
}

function Standing({ profile: { problems } }: { readonly profile: ProfileView }) {
  if (problems.length === 0) {
    return (
      <Label isCompact color="green">
        {t.profiles.valid}
      </Label>
    )
  }
  return (
    <>
      <Label isCompact color="red">
        {t.profiles.problems(problems.length)}
      </Label>
      <List isPlain>
        {problems.map(({ file, line, reason }) => (
          <ListItem key={`${file}:${line} ${reason}`} className="pl-wrap">
            <strong>{t.profiles.line(file, line)}</strong>: {reason}
          </ListItem>
        ))}
      </List>
    </>
  )
}

function Build({ profile: { name, revision } }: { readonly profile: ProfileView }) {
  const navigate = useNavigate()
  const post = async () => {
    try {
      const job = await unwrap(api.POST('/api/v1/jobs', { body: { kind: 'build', profile: name } as never }))
      tellDone(t.profiles.posted)
      await navigate({ to: '/jobs/$job', params: { job: job.id } })
    } catch (error) {
      tellRefused(t.actions.refused(t.profiles.build), error)
    }
  }
  return (
    <Button
      variant="secondary"
      size="sm"
      isDisabled={revision === undefined}
      onClick={() => void post()}
      aria-label={`${t.profiles.build}: ${name}`}
    >
      {t.profiles.build}
    </Button>
  )
}
