// The chassis on cold plates from end to end: a slot gets hot, a pump fails, the power supply is gone from its bus and
// comes back; the pumps are driven over Modbus all the while.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program, PROJECT } from './program.ts';

describe('scripts/start with the board sim-liquid-4', () => {
  it('settles with exit status 0, having lost a pump and, for a while, the power supply', async () => {
    const run = mkdtempSync(join(tmpdir(), 'coldslot-liquid-'));
    try {
      const program = Program.start([
        ...['--board', join(PROJECT, 'boards/sim-liquid-4.json'), '--headless', '--run', run],
        ...['--until', 'settled', '--timeout', '120', '--speed', '10'],
      ]);
      assert.equal(await program.ended, 0, program.errorLines.slice(-20).join('\n'));
      const summary = program.summary();
      assert.equal(summary['settled'], true);
      assert.equal(summary['overLimitS'], 0);
      assert.ok(Number(summary['plantSeconds']) >= 150, 'the whole course happened');
      const log = program.errorLines.filter((line) => line.includes('"name":"guardian"'));
      const at = (pattern: RegExp) => log.findIndex((line) => pattern.test(line));
      const found = at(/psu0 .*"code":"modbus-device-found"/);
      const failed = at(/pump2 .*"code":"fan-failed"/);
      const lost = at(/psu0 .*"code":"modbus-device-lost"/);
      const back = at(/psu0 .*"code":"modbus-device-back"/);
      assert.ok(found >= 0 && failed > found && lost > failed && back > lost, [found, failed, lost, back].join());
    } finally {
      rmSync(run, { recursive: true, force: true });
    }
  });
});
