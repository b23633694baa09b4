# Sourced by the commands here: finds the checkout, and installs the packages once.
set -euo pipefail
here=$PWD # where the user stands; relative file names on the command line are from here
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

die() { echo "coldslot: $*" >&2; exit 1; }

command -v node >/dev/null || die "Node.js is not installed; install Node 20.19 or newer"
node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||(a===20&&b>=11)?0:1)' ||
  die "Node $(node --version) is too old; coldslot needs 20.19 or newer"

# The lockfile's checksum is kept beside the packages: a changed lockfile installs again.
setup_packages() {
  local want
  [ ! -L node_modules ] || return 0 # the packages of another checkout: npm ci would empty them under its hands
  want=$(cksum <package-lock.json)
  [ -f node_modules/.coldslot-lock ] && [ "$(cat node_modules/.coldslot-lock)" = "$want" ] && return
  (
    flock 9 # two commands started at once install once
    [ -f node_modules/.coldslot-lock ] && [ "$(cat node_modules/.coldslot-lock)" = "$want" ] && exit 0
    echo "coldslot: installing packages (npm ci)" >&2
    npm ci --no-fund --no-audit --loglevel=error >&2 || exit 1
    echo "$want" >node_modules/.coldslot-lock
  ) 9>"${TMPDIR:-/tmp}/coldslot-npm-$(id -u)-$(printf %s "$root" | cksum | cut -d' ' -f1).lock" ||
    die "npm ci failed; see the lines above"
}
