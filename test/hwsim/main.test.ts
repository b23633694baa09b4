// The simulator as a program, without sleds: started, asked over its socket, told what to do, ended.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sampleBoard } from './sample-chassis.ts';
import { startNode, type Child } from './child-process.ts';

const mainFile = new URL('../../hwsim/main.ts', import.meta.url).pathname;
const workload = {
  id: 'web',
  cores: 0.02,
  memoryMiB: 0,
  demand: { cpu: 1, memoryGiB: 1 },
  moveCostJ: 1,
  pinned: false,
};
const sled = { slot: 1, id: 'sled1', model: 'M', capacity: { cpu: 1, memoryGiB: 1 } };
const scenario = {
  format: 'coldslot-scenario/1',
  name: 'short',
  text: 'One step.',
  wattsPerCore: 2500,
  sleds: [{ ...sled, workloads: [{ ...workload, allowedSlots: null }] }],
  steps: [{ atS: 5, say: 'work comes', do: [{ kind: 'load', workload: 'web', cores: 0.1 }] }],
  expect: [],
};

describe('the simulator', () => {
  let directory = '';
  let child: Child | null = null;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'hwsim-'));
    writeFileSync(join(directory, 'board.json'), JSON.stringify(sampleBoard));
    writeFileSync(join(directory, 'scenario.json'), JSON.stringify(scenario));
  });

  afterEach(async () => {
    await child?.kill('SIGKILL');
    rmSync(directory, { recursive: true });
  });

  function start(...args: string[]): Child {
    const files = ['--board', join(directory, 'board.json'), '--socket', join(directory, 'bus.sock')];
    child = startNode(['--import', 'tsx', mainFile, ...files, ...args]);
    return child;
  }

  const scenarioFile = () => ['--scenario', join(directory, 'scenario.json'), '--no-sleds'];

  it('answers its buses, plays its scenario, does as told, and ends without a trace', async () => {
    const hwsim = start(...scenarioFile(), '--speed', '20', '--seed', '3');
    await hwsim.shows(/\{"type":"ready"\}/);
    assert.equal(statSync(join(directory, 'bus.sock')).mode & 0o777, 0o600);
    const socket = connect(join(directory, 'bus.sock'));
    socket.write(`${JSON.stringify({ id: 7, op: 't', bus: 'slot1', a: 0x4f, w: 'fe', n: 1 })}\n`);
    const [answer] = await once(socket, 'data');
    assert.equal(String(answer), '{"id":7,"d":"55"}\n');
    socket.destroy();
    // the plant runs for more than the step's 5 s before the course begins, and nothing is played
    await hwsim.shows(/"type":"report","plantSeconds":(?:[6-9]|\d{2,})\b.*"stepsDone":0,"stepsTotal":1/);

    hwsim.process.stdin?.write('{"start":true}\n');
    await hwsim.shows(/\{"type":"say","text":"work comes"/);
    await hwsim.shows(/"type":"report".*"stepsDone":1/);
    hwsim.process.stdin?.write('{"do":{"kind":"sled-pull","slot":1}}\n');
    await hwsim.shows(/"slot":1,"present":false/);
    hwsim.process.stdin?.write('{"do":{"kind":"sled-pull","slot":99}}\n{"do":"nonsense"}\n');
    await hwsim.shows(/command ignored: slot 99: the board has no such slot/);
    assert.equal(await hwsim.kill('SIGTERM'), 0);
    assert.equal(existsSync(join(directory, 'bus.sock')), false);
  });

  it('serves a Modbus bus where it is told, and says where that came to be', async () => {
    const board = new URL('../../boards/sim-8.json', import.meta.url).pathname;
    const args = ['--modbus', 'shelf=tcp://127.0.0.1:0', '--board', board];
    const hwsim = start(...scenarioFile(), ...args);
    const [, port] = await hwsim.shows(/\{"type":"ready","modbus":\{"shelf":"tcp:\/\/127\.0\.0\.1:(\d+)"\}\}/);
    const socket = connect(Number(port), '127.0.0.1');
    // register 84 of unit 200: the mains' frequency, 50 Hz
    socket.write(Buffer.from('000700000006c80300540001', 'hex'));
    const [answer] = await once(socket, 'data');
    assert.equal((answer as Buffer).toString('hex'), '000700000005c803020032');
    socket.destroy();
    assert.equal(await hwsim.kill('SIGTERM'), 0);
  });

  it('refuses a Modbus bus that the board has not, and a serial line that is none', async () => {
    const board = ['--board', new URL('../../boards/sim-8.json', import.meta.url).pathname];
    assert.equal(await start(...scenarioFile(), ...board, '--modbus', 'rack=tcp://127.0.0.1:0').ended, 1);
    assert.match(child?.text() ?? '', /bus rack: the board has no such Modbus bus; it has shelf/);
    assert.equal(await start(...scenarioFile(), ...board, '--modbus', 'shelf=serial:/dev/null').ended, 1);
    assert.match(child?.text() ?? '', /\/dev\/null: is not a serial line/);
    assert.equal(await start(...scenarioFile(), ...board, '--modbus', 'shelf=somewhere').ended, 2);
    assert.match(child?.text() ?? '', /--modbus: is not a bus and its place: "shelf=somewhere"/);
  });

  it('refuses a scenario that the board cannot play, with exit status 2', async () => {
    const steps = [{ atS: 1, say: 'x', do: [{ kind: 'bus-hung', bus: 'nowhere' }] }];
    writeFileSync(join(directory, 'scenario.json'), JSON.stringify({ ...scenario, steps }));
    const hwsim = start(...scenarioFile());
    assert.equal(await hwsim.ended, 2);
    assert.match(hwsim.text(), /scenario\.json at steps\[0\]\.do\[0\]\.bus: board sample has no bus nowhere/);
  });

  it('says which argument is missing or wrong', async () => {
    assert.equal(await start('--no-sleds').ended, 2);
    assert.match(child?.text() ?? '', /--scenario: is missing/);
    assert.equal(await start(...scenarioFile(), '--speed', 'fast').ended, 2);
    assert.match(child?.text() ?? '', /--speed: expected a number from 0.01 to 1000/);
    assert.equal(await start(...scenarioFile(), '--sped', '2').ended, 2);
  });
});
