// What surrounds each screen: head, navigation, the state of the connection, messages.
import {
  Alert,
  Brand,
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateFooter,
  Label,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  Nav,
  NavItem,
  NavList,
  Page,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SkipToContent,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from '@patternfly/react-core'
import AdjustIcon from '@patternfly/react-icons/dist/esm/icons/adjust-icon'
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon'
import SignOutIcon from '@patternfly/react-icons/dist/esm/icons/sign-out-alt-icon'
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { Toasts } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'
import { api, queries, useFindings } from './api.ts'
import { Finder } from './finder.tsx'
import { live, useLiveState } from './live.ts'
import { PAGES } from './pages.ts'
import { session } from './session.ts'
import { changeTheme } from './theme.ts'
import { APPLIANCE_URL, CONSOLE_PATH } from './where.ts'

const CONTENT_ID = 'content'

export function Shell() {
  const [isFinding, setFinding] = useState(false)
  useEffect(() => live.start(queries), [])
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return
      event.preventDefault()
      setFinding(true)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  return (
    <Page
      masthead={<Head onFind={() => setFinding(true)} />}
      sidebar={<Side />}
      isManagedSidebar
      skipToContent={<SkipToContent href={`#${CONTENT_ID}`}>{t.shell.skip}</SkipToContent>}
      mainContainerId={CONTENT_ID}
    >
      <LostConnection />
      <Outlet />
      <Toasts />
      {isFinding ? <Finder onClose={() => setFinding(false)} /> : undefined}
    </Page>
  )
}

function Head({ onFind }: { readonly onFind: () => void }) {
  const navigate = useNavigate()
  const problems = useFindings().data?.filter(({ severity }) => severity === 'problem').length ?? 0
  return (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton isHamburgerButton aria-label={t.nav.label} />
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo component={(props) => <Link to="/" {...props} />}>
            <Brand src={`${CONSOLE_PATH}icon.svg`} alt="" heights={{ default: '28px' }} />
            <strong className="pl-name">{t.product}</strong>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Toolbar isStatic>
          <ToolbarContent>
            <ToolbarGroup align={{ default: 'alignEnd' }} gap={{ default: 'gapSm' }}>
              {problems === 0 ? undefined : (
                <ToolbarItem>
                  <Label color="red" onClick={() => void navigate({ to: '/doctor' })}>
                    {t.shell.problems(problems)}
                  </Label>
                </ToolbarItem>
              )}
              <ToolbarItem>
                <Button variant="control" icon={<SearchIcon />} onClick={onFind} aria-label={t.shell.find}>
                  <span className="pl-from-md">{`${t.shell.find} (${t.shell.findHint})`}</span>
                </Button>
              </ToolbarItem>
              <ToolbarItem>
                <Button variant="plain" icon={<AdjustIcon />} aria-label={t.shell.theme} onClick={changeTheme} />
              </ToolbarItem>
              <ToolbarItem>
                <Button variant="plain" icon={<SignOutIcon />} aria-label={t.shell.signOut} onClick={() => void signOut()} />
              </ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  )
}

async function signOut(): Promise<void> {
  // A token was not given for this page and stays good; a login ends.
  if (session.now() === 'login') await api.POST('/api/v1/logout').catch(() => undefined)
  queries.clear()
  session.end()
}

function Side() {
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const isHere = (to: string) => (to === '/' ? path === '/' || path.startsWith('/nodes') : path.startsWith(to))
  return (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label={t.nav.label}>
          <NavList>
            {PAGES.map(([to, name]) => (
              <NavItem key={to} isActive={isHere(to)} itemId={to}>
                <Link to={to} aria-current={isHere(to) ? 'page' : undefined}>
                  {name}
                </Link>
              </NavItem>
            ))}
            <NavItem itemId="api">
              <a href={`${APPLIANCE_URL}/docs`}>{t.nav.api}</a>
            </NavItem>
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  )
}

function LostConnection() {
  const isLost = useLiveState() === 'waiting'
  return (
    <div aria-live="polite">
      {isLost ? <Alert className="pl-offline" variant="warning" isInline title={t.shell.lost} component="p" /> : undefined}
    </div>
  )
}

export function NotFound() {
  return (
    <EmptyState titleText={t.shell.notFound} headingLevel="h1">
      <EmptyStateFooter>
        <EmptyStateActions>
          <Link to="/">{t.shell.toStart}</Link>
        </EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  )
}
