// scripts/start at its edges: what it refuses, where it listens, when it says that it is ready, how it ends.
import { afterEach, beforeEach, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../hwsim/child-process.ts';
import { Program, PROJECT } from './program.ts';
import { killNow, processesOf } from './run-processes.ts';

const END_MS = 10_000;
const USUAL_MQTT_PORT = 1883;

describe('scripts/start', () => {
  let folder = '';
  let run = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'coldslot-start-'));
    run = join(folder, 'run');
  });
  afterEach(() => {
    const left = processesOf(folder);
    for (const pid of left) killNow(pid);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    assert.deepEqual(left, [], 'processes were left');
  });

  /** A project file with one thing changed, under another name. */
  const changed = (file: string, name: string, change: (json: Record<string, unknown>) => void): string => {
    const json = JSON.parse(readFileSync(join(PROJECT, file), 'utf8')) as Record<string, unknown>;
    change(json);
    const copy = join(folder, name);
    writeFileSync(copy, JSON.stringify(json));
    return copy;
  };

  /** Ends by itself with this status, one line on standard error, nothing on standard output, nothing left. */
  const refuses = async (args: readonly string[], status: number, ...said: readonly string[]) => {
    const program = Program.start(['--run', run, ...args]);
    assert.equal(await program.ended, status, program.errorLines.join('\n'));
    const lines = program.errorLines.filter((line) => !line.startsWith('{'));
    assert.equal(lines.length, 1, lines.join('\n'));
    for (const part of said) assert.ok(lines[0]?.includes(part), `expected '${part}' in: ${lines[0]}`);
    assert.doesNotMatch(lines[0] ?? '', /^\s+at /, 'no stack trace');
    assert.deepEqual(processesOf(folder), []);
    for (const socket of ['control.sock', 'bus.sock', 'guardian.sock']) {
      assert.equal(existsSync(join(run, socket)), false, `${socket} was left`);
    }
  };

  it('refuses an option it does not know, and values it cannot use', async () => {
    await refuses(['--sped', '10'], 2, '--sped');
    await refuses(['--speed', 'fast'], 2, '--speed', "'fast'");
    await refuses(['--until', 'tomorrow'], 2, '--until', "'tomorrow'");
    await refuses(['--broker', 'nonsense', '--headless'], 2, '--broker', "'nonsense'");
  });

  it('refuses files that are not there, by name', async () => {
    for (const option of ['--board', '--scenario', '--plant']) {
      await refuses([option, join(folder, 'none.json'), '--headless'], 2, join(folder, 'none.json'));
    }
  });

  it('refuses a wrong board with file and path', async () => {
    const board = changed('boards/sim-8.json', 'board.json', (json) => {
      (json['devices'] as { chip: string }[])[0]!.chip = 'lm9999';
    });
    await refuses(['--board', board, '--headless'], 2, board, 'devices[0].chip', 'lm9999');
  });

  it('refuses a wrong scenario with file and path', async () => {
    const scenario = changed('hwsim/scenarios/hot-slot.json', 'scenario.json', (json) => {
      (json['steps'] as { do: { workload?: string }[] }[])[1]!.do[0]!.workload = 'nobody';
    });
    await refuses(['--scenario', scenario, '--headless'], 2, scenario, 'steps[1].do[0].workload', 'nobody');
  });

  it('refuses a wrong plant with file and path', async () => {
    const plant = changed('hwsim/plants/standard.json', 'plant.json', (json) => {
      (json['sled'] as { cpuPowerShare: number }).cpuPowerShare = 7;
    });
    await refuses(['--plant', plant, '--headless'], 2, plant, 'sled.cpuPowerShare');
  });

  it('says when the run directory cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    run = join(folder, 'file', 'run'); // below a file: not even root can make it
    await refuses(['--headless'], 1, run, '--run');
  });

  it('writes the endpoints when it is ready, on the next port when the usual one is taken; Ctrl-C ends everything', async () => {
    const endpoints = join(folder, 'endpoints.json');
    const taken = await occupy(USUAL_MQTT_PORT); // or it is taken by somebody else already
    try {
      const program = Program.start(['--headless', '--run', run, '--endpoints', endpoints]);
      await until('a controller', () => existsSync(join(run, 'control.sock')));
      assert.equal(existsSync(endpoints), false, 'not ready yet: no plant, no guardian, no agents');
      await until('the endpoints', () => existsSync(endpoints) && readFileSync(endpoints, 'utf8').endsWith('\n'));
      const { mqtt } = JSON.parse(readFileSync(endpoints, 'utf8')) as { mqtt: string };
      const port = Number(/^mqtt:\/\/127\.0\.0\.1:(\d+)$/.exec(mqtt)?.[1]);
      const lowest = taken === null ? USUAL_MQTT_PORT : USUAL_MQTT_PORT + 1; // somebody else may have let go of it
      assert.ok(port >= lowest && port < USUAL_MQTT_PORT + 20, mqtt);
      assert.ok(processesOf(folder).length > 20, 'agents and their work run');

      const sinceMs = performance.now();
      program.process.kill('SIGINT');
      assert.equal(await program.ended, 0, program.errorLines.slice(-20).join('\n'));
      assert.ok(performance.now() - sinceMs < END_MS, `took ${performance.now() - sinceMs} ms`);
      assert.deepEqual(processesOf(folder), []);
      assert.equal(existsSync(endpoints), false, 'nobody is told of addresses that are gone');
      assert.equal(typeof program.summary()['settled'], 'boolean');
    } finally {
      taken?.close();
    }
  });

  it('ends in order when it is interrupted while it starts', async () => {
    const program = Program.start(['--headless', '--run', run]);
    await until('the first part', () => existsSync(join(run, 'pids.json')));
    program.process.kill('SIGINT');
    assert.equal(await program.ended, 0, program.errorLines.slice(-20).join('\n'));
  });
});

async function occupy(port: number): Promise<Server | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
