// The group that may connect to the guardian: group(5) read as the manual page has it, modes as the kernel shows them.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ColdslotError } from '../../src/core/errors.ts';
import { admitGroup } from '../../src/guardian/socket-group.ts';

describe('the group of the guardian’s socket', () => {
  let folder = '';
  let socket = '';
  let groups = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'coldslot-group-'));
    socket = join(folder, 'socket');
    groups = join(folder, 'group');
    writeFileSync(socket, '');
    chmodSync(socket, 0o600);
    writeFileSync(groups, `root:x:0:\nbroken:x::\ncoldslot:x:${process.getgid?.()}:one,two\n`);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('may read and write it, and nobody else may', () => {
    admitGroup(socket, 'coldslot', groups);
    const { mode, gid } = statSync(socket);
    assert.equal(mode & 0o777, 0o660);
    assert.equal(gid, process.getgid?.());
  });

  it('may be told by its number', () => {
    admitGroup(socket, String(process.getgid?.()), groups);
    assert.equal(statSync(socket).mode & 0o777, 0o660);
  });

  for (const group of ['nobody-knows-it', 'broken']) {
    it(`is refused when there is none: ${group}; the socket stays closed`, () => {
      assert.throws(
        () => admitGroup(socket, group, groups),
        (error) => error instanceof ColdslotError && error.code === 'bad-input' && error.message.includes(group),
      );
      assert.equal(statSync(socket).mode & 0o777, 0o600);
    });
  }
});
