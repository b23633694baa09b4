import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { guardianMessageSchema, type Frame } from '../../src/protocols/guardian-link.ts';
import { liquidBoard } from '../board/liquid-board.ts';
import { startNode, until } from '../hwsim/child-process.ts';
import { ownMap, rpuRegisters } from './modbus-devices.ts';
import { Pymodbus, skipWithoutPymodbus } from './pymodbus.ts';

const RPU = 0x0c;
const MAIN = fileURLToPath(new URL('../../src/guardian/main.ts', import.meta.url));

describe('the guardian of a chassis cooled by a pumping unit on Modbus', { skip: skipWithoutPymodbus() }, () => {
  it('starts the pumps at full speed, cools with them, and leaves them at full speed', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'coldslot-liquid-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const server = await Pymodbus.tcp({ [RPU]: rpuRegisters });
    t.after(() => server.end());
    const board = join(folder, 'board.json');
    const socket = join(folder, 'guardian.sock');
    writeFileSync(board, JSON.stringify(liquidBoard()));
    const place = `cdu=tcp://127.0.0.1:${server.port}`;
    // its own map beside the board: the machine that the test runs on may be busy
    mkdirSync(join(folder, 'modbus'));
    writeFileSync(join(folder, 'modbus/orv3-rpu.json'), JSON.stringify({ ...ownMap('orv3-rpu'), timeoutMs: 3000 }));
    const guardian = startNode(['--import', 'tsx', MAIN, '--board', board, '--socket', socket, '--modbus', place], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
    });
    t.after(() => guardian.kill('SIGKILL'));
    await guardian.shows(/\{"ready":true\}/);
    const first = await server.writesAfter(0, 3);
    assert.deepEqual(
      first.slice(0, 3),
      [
        [RPU, 37_904, 0x0202],
        [RPU, 41_987, 100],
        [RPU, 41_988, 100],
      ],
      JSON.stringify(first),
    );

    const frames: Frame[] = [];
    const link = connect(socket);
    t.after(() => link.destroy());
    let rest = '';
    link.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const message = guardianMessageSchema.parse(JSON.parse(line));
        if (message.type === 'frame') frames.push(message);
      }
    });
    // 40.2 °C of 60: far from the limit, so the pumps slow down to their minimum of 20 %
    const slow = await until('the pumps to slow down', () => {
      const frame = frames.at(-1);
      return frame?.zones[0]?.mode === 'control' && frame.zones[0].ratio < 0.5 ? frame : null;
    });
    const coolant = slow.sensors['coolant']?.reading;
    assert.ok(coolant?.kind === 'value' && Math.abs(coolant.value - 40.2) < 1e-9, JSON.stringify(coolant));
    assert.deepEqual(
      slow.fans.map(({ id, rpm }) => [id, ...rpm.map((one) => (one.kind === 'value' ? one.value : one.reason))]),
      [
        ['pump1', 2950],
        ['pump2', 2960],
      ],
    );
    const slowed = await until('slow speeds on the wire', () => {
      const word = server.writes().findLast(({ at }) => at === 41_987)?.values[0] ?? 100;
      return word < 60 ? word : null;
    });
    assert.ok(slowed >= 20);

    server.set(RPU, { 36_866: 650 }); // 65 °C of 60
    await until('full speed', () => (server.writes().findLast(({ at }) => at === 41_987)?.values[0] ?? 0) === 100);
    server.set(RPU, { 36_866: 402 });
    await until('slow speed again', () => (server.writes().findLast(({ at }) => at === 41_987)?.values[0] ?? 100) < 95);

    const before = server.writes().length;
    assert.equal(await guardian.kill('SIGTERM'), 0);
    const farewell = await server.writesAfter(before, 2);
    assert.deepEqual(
      farewell.slice(-2).toSorted(([, one = 0], [, other = 0]) => one - other),
      [
        [RPU, 41_987, 100],
        [RPU, 41_988, 100],
      ],
    );
    assert.match(guardian.text(), /rpu \(unit 0x0c on cdu\) is there: Open Rack V3 liquid pumping unit/);
  });
});
