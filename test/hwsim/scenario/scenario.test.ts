import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ColdslotError, exitCodeOf } from '../../../src/core/errors.ts';
import { initialLoadW, parseScenario, type Scenario } from '../../../hwsim/scenario.ts';
import { scenarioNamed, scenarioNames, smallScenario } from './scenarios.ts';

type Loose = Scenario & Record<string, unknown>;

/** Parses the small scenario changed by `change`, which must be refused. */
function refusal(change: (json: Loose) => void): string {
  const json: Loose = structuredClone(smallScenario());
  change(json);
  try {
    parseScenario(JSON.stringify(json), 'bad.json');
  } catch (error) {
    assert.ok(error instanceof ColdslotError);
    assert.equal(exitCodeOf(error), 2);
    return `${error.subject}: ${error.message}`;
  }
  return assert.fail('it was accepted');
}

describe('scenario files', () => {
  it('are all readable, named after their file, and end before a run with --timeout 180 does', () => {
    const names = scenarioNames();
    for (const wanted of ['hot-slot', 'fan-fails', 'sled-pulled', 'sensor-faults', 'quiet', 'bletchley-hot-slot']) {
      assert.ok(names.includes(wanted), wanted);
    }
    for (const name of names) {
      const scenario = scenarioNamed(name);
      assert.equal(scenario.name, name);
      assert.ok((scenario.steps.at(-1)?.atS ?? 0) <= 155, name);
      assert.ok(scenario.expect.length > 0, name);
    }
  });

  it('give each slot the power of its work: cores × wattsPerCore', () => {
    assert.deepEqual(
      [...initialLoadW(smallScenario())],
      [
        [1, 125],
        [2, 25],
      ],
    );
  });

  it('are refused for keys, kinds and figures the format does not have', () => {
    assert.match(
      refusal((json) => (json['speed'] = 10)),
      /^bad\.json at \(top\): Unrecognized key: "speed"/,
    );
    assert.match(
      refusal((json) => (json.steps[1]!.do[0] = { kind: 'explode', slot: 1 } as never)),
      /^bad\.json at steps\[1\]\.do\[0\]\.kind: /,
    );
    assert.match(
      refusal((json) => (json.steps[1]!.do[0] = { kind: 'block-slot', slot: 1, openness: 1.5 })),
      /^bad\.json at steps\[1\]\.do\[0\]\.openness: Too big: expected number to be <=1/,
    );
    assert.match(
      refusal((json) => (json.sleds[0]!.workloads[0]!.cores = 0.2)),
      /^bad\.json at sleds\[0\]\.workloads\[0\]\.cores: Too big: expected number to be <=0\.1/,
    );
    assert.match(
      refusal((json) => (json.expect = [{ kind: 'peak-below', temperature: 90 } as never])),
      /^bad\.json at expect\[0\]\.temperatureC: /,
    );
  });

  it('are refused when names, times or sleds contradict each other', () => {
    const cases: [(json: Loose) => void, RegExp][] = [
      [(json) => (json.sleds[1]!.slot = 1), /at sleds\[1\]\.slot: slot 1 has two sleds/],
      [(json) => (json.sleds[1]!.id = 'sled1'), /at sleds\[1\]\.id: the name sled1 is used twice/],
      [
        (json) => (json.sleds[1]!.workloads[0]!.id = 'a'),
        /at sleds\[1\]\.workloads\[0\]\.id: the name a is used twice/,
      ],
      [
        (json) => (json.sleds[0]!.capacity.cpu = 7),
        /at sleds\[0\]\.capacity\.cpu: expected at least 8, what its workloads demand, got 7/,
      ],
      [
        (json) => (json.sleds[0]!.workloads[0]!.allowedSlots = [2]),
        /at sleds\[0\]\.workloads\[0\]\.allowedSlots: expected its own slot 1 among them/,
      ],
      [
        (json) => (json.sleds[0]!.workloads[0]!.allowedSlots = [1, 7]),
        /at sleds\[0\]\.workloads\[0\]\.allowedSlots: slot 7 has no sled/,
      ],
      [(json) => (json.steps[2]!.atS = 5), /at steps\[2\]\.atS: expected at least 10/],
      [
        (json) => (json.steps[0]!.do[0] = { kind: 'load', workload: 'z', cores: 0.01 }),
        /at steps\[0\]\.do\[0\]\.workload: no sled has a workload z/,
      ],
      [
        (json) => (json.steps[3]!.do[0] = { kind: 'sled-pull', slot: 2 }),
        /at steps\[3\]\.do\[0\]: the sled of slot 2 is pulled already/,
      ],
      [
        (json) => (json.steps[3]!.do[0] = { kind: 'heal', name: 'slot1-cpu' }),
        /at steps\[3\]\.do\[0\]\.name: expected the name of a sensor, device, mux or bus with a fault/,
      ],
      [(json) => (json.expect = [{ kind: 'moved-off', slot: 5, byS: 9 }]), /at expect\[0\]\.slot: slot 5 has no sled/],
      [
        (json) => (json.expect = [{ kind: 'stays', workload: 'y' }]),
        /at expect\[0\]\.workload: no sled has a workload y/,
      ],
    ];
    for (const [change, message] of cases) assert.match(refusal(change), message);
  });

  it('are refused when the real machine would have to burn too much', () => {
    const many = (json: Loose) => {
      const [pattern] = json.sleds[0]!.workloads;
      json.sleds[0]!.capacity = { cpu: 99, memoryGiB: 99 };
      json.sleds[0]!.workloads = Array.from({ length: 8 }, (_, i) =>
        Object.assign({}, pattern, { id: `w${i}`, cores: 0.09 }),
      );
      json.steps = [];
    };
    assert.match(refusal(many), /at sleds: the workloads burn 0\.730 cores together; expected at most 0\.7/);
  });
});
