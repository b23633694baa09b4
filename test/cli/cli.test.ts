import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ColdslotError } from '../../src/core/errors.ts';
import type { OperatorCall } from '../../src/surfaces/source.ts';
import { event, move, plan, slot, view, workload } from '../surfaces/sample-view.ts';
import { PlayedController, runColdslot } from './coldslot.ts';

const BOARD = fileURLToPath(new URL('../../boards/sim-8.json', import.meta.url));
const CHASSIS = view({
  slots: [
    slot(1, {
      temperatureC: 61,
      marginK: 24,
      powerW: 81,
      prediction: { inS: 600, temperatureC: 64.62, lowC: 63, highC: 66.5 },
    }),
    slot(2, { temperatureC: 87.3, marginK: -2.3, powerW: 310, state: 'hot', reason: '2.3 K over its limit of 85 °C' }),
    slot(3, {
      sled: null,
      temperatureC: null,
      marginK: null,
      powerW: null,
      state: 'unknown',
      reason: 'no sled in this slot',
    }),
  ],
  workloads: [
    workload('web', 2, { state: 'moving', epoch: 12 }),
    workload('db', 1, { pinned: true, powerW: 9.5, memoryBytes: 3 * 2 ** 30 }),
  ],
  moves: [move('m12', { from: 2, to: 1, downtimeMs: 640 })],
  events: [event(1, 'web is staged in slot 1', { source: 'workload/web' }), event(2, 'something else')],
});

const answers: Readonly<Record<OperatorCall['method'], unknown>> = {
  plan: plan(),
  move: { move: move('m13', { workload: 'db', from: 1, to: 2 }), from: 1, to: 2 },
  'move-undo': move('m12', { from: 2, to: 1, state: 'undoing' }),
  drain: { plan: plan(), moving: ['web'], staying: [{ workload: 'db', reason: 'db stays in its slot: it is pinned' }] },
  power: { slot: 2, action: 'cycle' },
  'fan-set': { fan: 'fan0', ratio: 0.45 },
  'fan-auto': { fans: ['fan0'] },
  'pki-enroll': {},
  'pki-revoke': {},
  'pki-list': {},
};

interface Case {
  readonly args: readonly string[];
  readonly text: readonly string[];
  readonly json: unknown;
  readonly call?: OperatorCall;
}

const cases: readonly Case[] = [
  {
    args: ['status'],
    text: [
      'chassis   c1 (Simulated chassis, eight sleds), coldslot 0.1.0, up since 2026-03-01T12:00:00.000Z',
      'guardian  connected',
      'zones     main control at 43 %, led by slot3_cpu',
      'air in    25.0 °C',
      'slots     1 ok, 1 hot, 1 empty',
      '          slot 2 hot: 2.3 K over its limit of 85 °C',
      'fans      2 ok, 1 degraded',
      'workloads 1 moving, 1 running',
      'moves     1 open',
      'plan      slot 3 would reach 91.2 °C (limit 85, margin 5); moving web (42.5 W) to slot 5 lowers it by 8.1 K and saves 3.4 W of fans',
    ],
    json: CHASSIS,
  },
  {
    args: ['slot', 'list'],
    text: [
      'slot 1 | sled1 | 61.0 °C | margin  24.0 K |  81 W | in 10 min 64.6 °C (63.0 to 66.5) | ok',
      'slot 2 | sled2 | 87.3 °C | margin  -2.3 K | 310 W |                                  | hot | 2.3 K over its limit of 85 °C',
      'slot 3 | empty',
    ],
    json: CHASSIS.slots,
  },
  {
    args: ['workload', 'list'],
    text: [
      'web | slot 2 | service | moving  | 42.5 W | 1.50 cores | 64.0 MiB | epoch 12',
      'db  | slot 1 | service | running |  9.5 W | 1.50 cores |  3.0 GiB |  epoch 1 | pinned',
    ],
    json: CHASSIS.workloads,
  },
  {
    args: ['fan', 'list'],
    text: [
      'fan0 | 43 % |   5230 RPM, 5180 RPM | ok',
      'fan1 | 43 % |   5230 RPM, 5180 RPM | ok',
      'fan2 | 43 % | 5230 RPM, no reading | degraded',
    ],
    json: CHASSIS.fans,
  },
  {
    args: ['sdr', 'list'],
    text: [
      'slot3_cpu   | 87.3 degrees C | cr',
      'slot3_power | 310 Watts      | ok',
      'slot4_inlet | timeout        | ns',
    ],
    json: CHASSIS.sensors,
  },
  {
    args: ['sensor', 'list'],
    text: [
      'slot3_cpu   |  87.300 | degrees C | critical',
      'slot3_power | 310.000 | Watts     | ok',
      'slot4_inlet |      na | degrees C | timeout',
    ],
    json: CHASSIS.sensors,
  },
  {
    args: ['chassis', 'status'],
    text: [
      'System Power         : on',
      'Sleds with power     : 2 of 3 slots',
      'Cooling/Fan Fault    : true',
      'Slots over limit     : 2',
      'Guardian             : connected',
    ],
    json: { chassis: 'c1', guardian: 'connected', sledsOn: 2, coolingFault: true, overLimit: [2] },
  },
  {
    args: ['chassis', 'power', 'status'],
    text: ['slot 1 | on', 'slot 2 | on', 'slot 3 | empty'],
    json: [
      { slot: 1, power: 'on', reason: null },
      { slot: 2, power: 'on', reason: '2.3 K over its limit of 85 °C' },
      { slot: 3, power: null, reason: 'no sled in this slot' },
    ],
  },
  {
    args: ['chassis', 'power', 'cycle', '2'],
    text: ['slot 2: power cycle'],
    json: { slot: 2, action: 'cycle' },
    call: { method: 'power', slot: 2, action: 'cycle' },
  },
  {
    args: ['move', 'list'],
    text: ['m12 | web | slot 2 → 1 | plan | shipped | gap 0.64 s'],
    json: CHASSIS.moves,
  },
  {
    args: ['move', 'show', 'm12'],
    text: [
      'move      m12: web, slot 2 → 1, by plan',
      'state     shipped, epoch 2, last change 2026-03-01T12:00:00.000Z',
      'shipped   1.2 MiB in 1 round',
      'gap       0.64 s',
      '12:00:01  web is staged in slot 1',
    ],
    json: CHASSIS.moves[0],
  },
  {
    args: ['plan'],
    text: [
      '1 move:',
      '1. web: slot 3 → slot 5',
      '   slot 3 would reach 91.2 °C (limit 85, margin 5); moving web (42.5 W) to slot',
      '   5 lowers it by 8.1 K and saves 3.4 W of fans',
      'stays:',
      '  - db (40 W) is pinned to slot 3',
      'fans       fan0 43 % and fan1 43 %; 4.9 W',
      'hottest    slot 3, 79.9 °C predicted',
      'cost       18.5 kJ (fans 17.6 kJ, moves 900 J); no plan costs less than 18.1 kJ:',
      '           at most 2.4 % above the best',
      'status     feasible, found in 48 ms',
      'nothing was moved; do it with: coldslot plan --apply',
    ],
    json: answers.plan,
    call: { method: 'plan', apply: false },
  },
  {
    args: ['move', 'db', 'slot2'],
    text: ['m13: db moves from slot 1 to slot 2'],
    json: answers.move,
    call: { method: 'move', workload: 'db', to: 2, dryRun: false },
  },
  {
    args: ['move', 'undo', 'm12'],
    text: ['m12: web is being brought back to slot 2'],
    json: answers['move-undo'],
    call: { method: 'move-undo', id: 'm12' },
  },
  {
    args: ['drain', '2'],
    text: ['moving off slot 2: web', 'db stays in its slot: it is pinned'],
    json: answers.drain,
    call: { method: 'drain', slot: 2 },
  },
  {
    args: ['fan', 'set', 'fan0', '45%'],
    text: ['fan0 set to 45 %; it still speeds up when a limit is near. Undo with: coldslot fan auto fan0'],
    json: answers['fan-set'],
    call: { method: 'fan-set', fan: 'fan0', ratio: 0.45 },
  },
  {
    args: ['fan', 'auto'],
    text: ['all fans are back under the cooling loop'],
    json: answers['fan-auto'],
    call: { method: 'fan-auto', fan: null },
  },
];

describe('coldslot with a controller', { concurrency: 3 }, () => {
  const controller = new PlayedController();
  before(async () => {
    controller.source.current = CHASSIS;
    controller.source.answer = (call) => {
      if (call.method === 'drain' && call.slot === 9)
        throw new ColdslotError('bad-input', 'slot 9', 'there is no such slot');
      if (call.method === 'move' && call.dryRun) return { move: null, from: 1, to: call.to };
      return answers[call.method];
    };
    await controller.start();
  });
  after(() => controller.end());

  for (const { args, text, json, call } of cases) {
    it(`${args.join(' ')} prints it for people`, async () => {
      const ended = await controller.run(...args);
      assert.deepEqual(ended, { status: 0, out: `${text.join('\n')}\n`, err: '' });
      if (call !== undefined)
        assert.ok(controller.source.calls.some((made) => JSON.stringify(made) === JSON.stringify(call)));
    });

    it(`${args.join(' ')} --json prints one document`, async () => {
      const { status, out, err } = await controller.run('--json', ...args);
      assert.deepEqual({ status, err, json: JSON.parse(out) as unknown }, { status: 0, err: '', json });
      assert.equal(out.indexOf('\n'), out.length - 1);
    });
  }

  it('plan --apply applies it and says how to follow', async () => {
    const { out } = await controller.run('plan', '--apply');
    assert.match(out, /\nstarted; follow them with: coldslot move list\n$/);
    assert.ok(controller.source.calls.some((made) => made.method === 'plan' && made.apply));
  });

  it('move --dry-run moves nothing', async () => {
    const { out } = await controller.run('move', 'db', '3', '--dry-run');
    assert.equal(out, 'db could move from slot 1 to slot 3\n');
  });

  it('an error of the controller is one line on standard error, with its exit status and no document', async () => {
    assert.deepEqual(await controller.run('drain', '9', '--json'), {
      status: 2,
      out: '',
      err: 'coldslot: slot 9: there is no such slot\n',
    });
    assert.deepEqual(await controller.run('move', 'show', 'm99'), {
      status: 1,
      out: '',
      err: 'coldslot: move m99: there is no such Move; see: coldslot move list\n',
    });
  });

  it('names from sleds do not reach the terminal’s controls', async () => {
    const evil = new PlayedController();
    evil.source.current = view({ workloads: [workload('\u001b[2Jweb', 1)] });
    await evil.start();
    const { out } = await evil.run('workload', 'list');
    await evil.end();
    assert.match(out, /^·\[2Jweb \| slot 1/);
  });
});

describe('coldslot without a controller', { concurrency: 3 }, () => {
  const scratch = new PlayedController();
  after(() => scratch.end());
  const fileOf = (name: string, json: unknown) => {
    const file = join(scratch.directory, name);
    writeFileSync(file, typeof json === 'string' ? json : JSON.stringify(json));
    return file;
  };

  it('says so with exit status 4, where it looked and what to do', async () => {
    const run = join(scratch.directory, 'nobody');
    assert.deepEqual(await runColdslot(['status', '--json'], { COLDSLOT_RUN: run }), {
      status: 4,
      out: '',
      err: `coldslot: ${run}/control.sock: the controller is not there; start it (scripts/start), or give its socket with --socket\n`,
    });
  });

  it('checks a board', async () => {
    const { status, out } = await runColdslot(['board', 'check', BOARD, '--json']);
    const { ok, id, slots } = JSON.parse(out) as Record<string, unknown>;
    assert.deepEqual({ status, ok, id, slots }, { status: 0, ok: true, id: 'sim-8', slots: 8 });
  });

  it('refuses a wrong board with the file, the place in it and exit status 2', async () => {
    const file = fileOf('board.json', { format: 'coldslot-board/1', id: 'x' });
    const { status, out, err } = await runColdslot(['board', 'check', file]);
    assert.deepEqual([status, out], [2, '']);
    assert.ok(err.startsWith(`coldslot: ${file}`), err);
    assert.equal(err.indexOf('\n'), err.length - 1);
  });

  it('decodes registers', async () => {
    // TMP421: register 0x00 holds the local temperature's whole degrees, 0x19 = 25 °C
    const registers = ['19', ...Array.from({ length: 255 }, () => '00')];
    const file = fileOf('registers.json', { chip: 'tmp421', width: 'byte', registers });
    const { status, out } = await runColdslot(['chip', 'decode', '--registers', file, '--chip', 'tmp421', '--json']);
    assert.equal(status, 0);
    assert.equal((JSON.parse(out) as Record<string, unknown>)['temp1_input'], 25_000);
  });

  it('plans an instance from a file', async () => {
    const instance = {
      format: 'coldslot-plan-instance/1',
      ambientC: 25,
      horizonS: 3600,
      maxMoves: null,
      airMovers: [],
      slots: [
        {
          id: 's0',
          idlePowerW: 10,
          powerCapW: null,
          limitC: 85,
          marginK: 5,
          openness: 1,
          share: {},
          rKPerW: 0.5,
          kFlow: 0,
          capacity: {},
        },
      ],
      recirculation: { kind: 'none' },
      workloads: [],
      rules: [],
      chassisPowerCapW: null,
    };
    const file = fileOf('instance.json', instance);
    const { status, out } = await runColdslot(['plan', '--instance', file, '--seconds', '0.1', '--json']);
    assert.equal(status, 0);
    const made = JSON.parse(out) as { format: string; predicted: { slots: Record<string, { temperatureC: number }> } };
    assert.equal(made.format, 'coldslot-plan/1');
    assert.equal(made.predicted.slots['s0']?.temperatureC, 30); // 25 °C + 10 W · 0.5 K/W
    const wrong = await runColdslot(['plan', '--instance', fileOf('wrong.json', { ...instance, speed: 1 })]);
    assert.deepEqual([wrong.status, wrong.out], [2, '']);
    assert.match(wrong.err, /^coldslot: \S+wrong\.json: speed: unknown key; /);
  });

  const wrong: readonly (readonly [args: string[], err: string])[] = [
    [[], 'coldslot: coldslot: which command?; see: coldslot help\n'],
    [['sel', 'list'], 'coldslot: sel list: there is no such command; see: coldslot help\n'],
    [['statu'], 'coldslot: statu: there is no such command; see: coldslot help\n'],
    [['status', 'now'], 'coldslot: status now: expected: status; see: coldslot help\n'],
    [['status', '--apply'], 'coldslot: status: --apply does not belong here; expected: status; see: coldslot help\n'],
    [['status', '--turbo'], 'coldslot: --turbo: is no option of coldslot; see: coldslot help\n'],
    [['plan', '--apply=yes'], 'coldslot: --apply=yes: takes no value; see: coldslot help\n'],
    [['plan', '--instance'], 'coldslot: --instance: expects a value; see: coldslot help\n'],
    [['status', '--socket', '--json'], 'coldslot: --socket: expects a value; see: coldslot help\n'],
    [['drain', 'three'], "coldslot: SLOT: expected a number from 0 to 255, not 'three'; see: coldslot help\n"],
    [['drain', '1.5'], "coldslot: SLOT: expected a whole number, not '1.5'; see: coldslot help\n"],
    [
      ['fan', 'set', 'fan0', '101'],
      "coldslot: PERCENT: expected a number from 0 to 100, not '101'; see: coldslot help\n",
    ],
    [
      ['chip', 'decode', '--chip', 'lm75'],
      'coldslot: chip decode: --registers is missing; expected: chip decode [--chip NAME] --registers F [--shunt-micro-ohm N]; see: coldslot help\n',
    ],
    [
      ['move', 'web'],
      'coldslot: move web: expected: move WORKLOAD SLOT [--dry-run] | move list | move show ID | move undo ID; see: coldslot help\n',
    ],
  ];
  for (const [args, err] of wrong)
    it(`refuses «${args.join(' ')}» with exit status 2 and one line`, async () =>
      assert.deepEqual(await runColdslot(args), { status: 2, out: '', err }));

  it('helps, also as one JSON document', async () => {
    const [text, json] = await Promise.all([runColdslot(['help']), runColdslot(['status', '--help', '--json'])]);
    assert.match(text.out, /^ {2}move WORKLOAD SLOT \[--dry-run\] +move one workload$/m);
    assert.deepEqual(JSON.parse(json.out), { help: text.out.trimEnd() });
    assert.ok(text.out.split('\n').every((line) => line.length <= 120));
  });
});
