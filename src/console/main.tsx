// Starts the page: theme, data, live events, screens.
import '@patternfly/react-core/dist/styles/base.css'
import './style.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { queries } from './app/api.ts'
import { router } from './app/router.tsx'
import { useSession } from './app/session.ts'
import { SignIn } from './app/sign-in.tsx'
import { applyTheme } from './app/theme.ts'

applyTheme()

function Page() {
  return useSession() === 'nobody' ? <SignIn /> : <RouterProvider router={router} />
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Page />
    </QueryClientProvider>
  </StrictMode>,
)
