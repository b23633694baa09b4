#!/bin/sh
# Starts the guardian: from its start-up snapshot where there is a sound one, which brings the first fan command sooner;
# else from the bundle beside this file. For POSIX shells and busybox; the process becomes node itself.
#   guardian ARGUMENT…           runs it with the guardian's arguments
#   guardian snapshot [BOARD…]   makes the snapshot, for this node on this machine; what reads the boards is compiled into it
# $COLDSLOT_NODE: node. $COLDSLOT_SNAPSHOT: the snapshot's file, guardian.blob beside this one; its folder must be writable.
set -u

say() { echo "guardian: $*" >&2; }

case $0 in */*) self=$0 ;; *) self=./$0 ;; esac
[ ! -L "$self" ] || self=$(readlink -f -- "$self")
bundle=${self%/*}/guardian.cjs
blob=${COLDSLOT_SNAPSHOT:-${self%/*}/guardian.blob}
mark=$blob.trying
flags=--max-semi-space-size=1 # V8's options are part of a snapshot
node=$(command -v "${COLDSLOT_NODE:-node}") || { say "there is no ${COLDSLOT_NODE:-node} here; install Node.js, or set COLDSLOT_NODE"; exit 1; }
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-1}" UV_USE_IO_URING="${UV_USE_IO_URING:-0}"

# All that a snapshot depends on, and the snapshot: node's own check misses other bundles and most damage. Nothing here is
# against malice. The beginning of node's file tells builds apart, and is soon read; busybox has md5sum before cksum.
sum() {
  { echo "$flags ${NODE_OPTIONS-}"; dd if="$node" bs=65536 count=1 2>/dev/null; cat -- "$bundle" "$1"; } | md5sum
}

make_snapshot() {
  new=$blob.new.$$
  trap 'rm -f -- "$new" "$new.sum"' EXIT
  "$node" $flags --snapshot-blob "$new" --build-snapshot "$bundle" "$@" || { say "node could not make the snapshot"; exit 1; }
  version=$("$node" "$bundle" --version) && [ "$("$node" $flags --snapshot-blob "$new" "$bundle" --version)" = "$version" ] ||
    { say "the snapshot was made, but does not start; it is not used"; exit 1; }
  sum "$new" >"$new.sum" || { say "md5sum is needed to tell a sound snapshot, and failed"; exit 1; }
  rm -f -- "$blob.sum" "$mark"
  mv -f -- "$new" "$blob" && mv -f -- "$new.sum" "$blob.sum" || exit 1
}

# Says why not. The mark is removed by the guardian as soon as it runs: one that is still there was left by a snapshot
# that did not come up.
snapshot_is_usable() {
  [ -f "$blob.sum" ] || return 1
  read -r want <"$blob.sum"
  if [ "$(sum "$blob" 2>/dev/null)" != "$want" ]; then why="is damaged, or made for another node, bundle or NODE_OPTIONS"
  elif [ -e "$mark" ]; then why="did not come up the last time"
  elif ! { true >"$mark"; } 2>/dev/null; then why="cannot be tried: $mark cannot be made"
  else return 0
  fi
  say "$blob $why; starts without it. To make it anew: $self snapshot"
  return 1
}

if [ "${1-}" = snapshot ]; then
  shift
  make_snapshot "$@"
elif snapshot_is_usable; then
  export COLDSLOT_SNAPSHOT_MARK="$mark"
  exec "$node" $flags --snapshot-blob "$blob" "$bundle" "$@"
else
  exec "$node" $flags "$bundle" "$@"
fi
