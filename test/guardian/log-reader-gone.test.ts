// Whoever read the guardian's log and waited for "ready" is gone, as when a terminal closes: cooling goes on.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { InstalledGuardian, linesUntil } from './installed-guardian.ts';

describe('a guardian whose output nobody reads any more', { timeout: 600_000 }, () => {
  let installed: InstalledGuardian;
  beforeEach(async () => {
    installed = new InstalledGuardian();
    await installed.startBuses();
  });
  afterEach(() => installed.end());

  it('goes on, and ends when it is told to', async () => {
    const guardian = await installed.start();
    guardian.process.stdout?.destroy();
    guardian.process.stderr?.destroy(); // the event that the zone regulates comes after this
    const frames = await linesUntil(installed.socket, /"type":"frame".*"seq":[3-9]/);
    assert.ok(frames.length > 1);
    assert.equal(await guardian.kill('SIGTERM'), 0);
  });
});
