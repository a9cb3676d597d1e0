// Light or dark: as the system says, until a person says otherwise.
const KEY = 'platen-theme'
const system = matchMedia('(prefers-color-scheme: dark)')

export function applyTheme(): void {
  const chosen = localStorage.getItem(KEY)
  const isDark = chosen === null ? system.matches : chosen === 'dark'
  document.documentElement.classList.toggle('pf-v6-theme-dark', isDark)
}

export function changeTheme(): void {
  const isDark = document.documentElement.classList.contains('pf-v6-theme-dark')
  localStorage.setItem(KEY, isDark ? 'light' : 'dark')
  applyTheme()
}

system.addEventListener('change', applyTheme)
