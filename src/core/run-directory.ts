// Where a running coldslot keeps its sockets, so that the command line finds it without being told.

/** `$COLDSLOT_RUN`, else `$XDG_RUNTIME_DIR/coldslot`, else /run/coldslot for root and /tmp/coldslot-UID for others. */
export function defaultRunDirectory(environment: Readonly<Record<string, string | undefined>>, uid: number): string {
  const given = environment['COLDSLOT_RUN'];
  if (given !== undefined && given !== '') return given;
  const runtime = environment['XDG_RUNTIME_DIR'];
  if (runtime !== undefined && runtime !== '') return `${runtime}/coldslot`;
  return uid === 0 ? '/run/coldslot' : `/tmp/coldslot-${uid}`;
}

export function controlSocketIn(runDirectory: string): string {
  return `${runDirectory}/control.sock`;
}
