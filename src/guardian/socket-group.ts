// Lets a group into the guardian's socket, so that the controller need not run as the guardian's user. Who may connect may
// set fan floors and cut a slot's power, so nobody else is let in.
import { chmodSync, chownSync, readFileSync } from 'node:fs';
import { ColdslotError } from '../core/errors.ts';

/**
 * @param group its name, or its number
 * @throws ColdslotError `bad-input` when there is no such group, `io` when the socket cannot be given to it
 */
export function admitGroup(socket: string, group: string, groupFile = '/etc/group'): void {
  const gid = /^\d+$/.test(group) ? Number(group) : gidOf(group, readFileSync(groupFile, 'utf8'));
  if (gid === null) {
    throw new ColdslotError(
      'bad-input',
      '--socket-group',
      `there is no group '${group}'`,
      `make it first: groupadd ${group}`,
    );
  }
  try {
    chownSync(socket, process.getuid?.() ?? 0, gid);
    chmodSync(socket, 0o660);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ColdslotError(
      'io',
      socket,
      `cannot be given to group ${group}: ${why}`,
      'the guardian must be in it, or root',
      { cause },
    );
  }
}

/** group(5): name:password:gid:members. */
function gidOf(name: string, text: string): number | null {
  const fields = text
    .split('\n')
    .map((line) => line.split(':'))
    .find(([first]) => first === name);
  const gid = Number(fields?.[2] || Number.NaN);
  return Number.isInteger(gid) ? gid : null;
}
