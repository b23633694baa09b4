import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ColdslotError } from '../../../src/core/errors.ts';
import type { ScenarioAction } from '../../../hwsim/contract.ts';
import { checkFits, type BoardNames } from '../../../hwsim/scenario/board-fit.ts';
import { smallScenario } from './scenarios.ts';

const board: BoardNames = {
  board: 'two',
  slots: new Set([1, 2]),
  fans: new Map([['fan0', 2]]),
  sensors: new Set(['slot1-cpu']),
  devices: new Set(['tmp']),
  buses: new Set(['i2c-0', 'shelf']),
  modbusBuses: new Set(['shelf']),
  pumpingUnits: new Set(['rpu']),
  leaks: new Set<number | string>([2, 'sump']),
};

function refusal(action: ScenarioAction): string {
  const scenario = { ...smallScenario(), steps: [{ atS: 1, say: 'now', do: [action] }] };
  try {
    checkFits(scenario, 's.json', board);
  } catch (error) {
    return error instanceof ColdslotError ? `${error.subject}: ${error.message}` : String(error);
  }
  return 'accepted';
}

describe('a scenario on a board', () => {
  it('is accepted when the board has all it names', () => {
    checkFits(smallScenario(), 's.json', board);
    const fine: ScenarioAction[] = [
      { kind: 'fan-health', fan: 'fan0', rotor: 1, factor: 0 },
      { kind: 'sensor-stuck', sensor: 'slot1-cpu' },
      { kind: 'device-nack', device: 'tmp' },
      { kind: 'bus-hung', bus: 'i2c-0' },
      { kind: 'bus-hung', bus: 'shelf' },
      { kind: 'line-noise', bus: 'shelf', rate: 0.1 },
      { kind: 'coolant-leak', device: 'rpu' },
      { kind: 'ambient', ambientC: 30 },
      { kind: 'leak', place: 2, wet: true },
      { kind: 'leak', place: 'sump', wet: false },
    ];
    for (const action of fine) assert.equal(refusal(action), 'accepted');
  });

  it('is refused with the path and what the board has instead', () => {
    const at = 's.json at steps[0].do[0]';
    assert.equal(
      refusal({ kind: 'block-slot', slot: 3, openness: 1 }),
      `${at}.slot: board two has no slot 3; it has 1, 2`,
    );
    assert.equal(
      refusal({ kind: 'fan-health', fan: 'fan1', rotor: null, factor: 0 }),
      `${at}.fan: board two has no fan fan1; it has fan0`,
    );
    assert.equal(
      refusal({ kind: 'fan-health', fan: 'fan0', rotor: 2, factor: 0 }),
      `${at}.rotor: fan0 has 2 rotors, counted from 0`,
    );
    assert.match(
      refusal({ kind: 'sensor-stuck', sensor: 'x' }),
      /\.sensor: board two has no sensor x; it has slot1-cpu/,
    );
    assert.match(refusal({ kind: 'device-nack', device: 'x' }), /\.device: board two has no device x; it has tmp/);
    assert.match(
      refusal({ kind: 'leak', place: 1, wet: true }),
      /\.place: board two has no leak detector 1; it has 2, sump/,
    );
    assert.match(refusal({ kind: 'bus-hung', bus: 'x' }), /\.bus: board two has no bus x; it has i2c-0, shelf/);
    assert.match(
      refusal({ kind: 'line-noise', bus: 'i2c-0', rate: 1 }),
      /\.bus: board two has no Modbus bus i2c-0; it has shelf/,
    );
    assert.match(
      refusal({ kind: 'coolant-leak', device: 'tmp' }),
      /\.device: board two has no pumping unit tmp; it has rpu/,
    );
  });

  it('is refused when it has a sled for a slot the board does not have', () => {
    assert.throws(
      () => checkFits(smallScenario(), 's.json', { ...board, slots: new Set([1]) }),
      (error: unknown) => error instanceof ColdslotError && error.subject === 's.json at sleds[1].slot',
    );
  });
});
