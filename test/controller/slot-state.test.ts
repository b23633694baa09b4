import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { slotView } from '../../src/controller/slot-state.ts';
import { good, none, type Reading } from '../../src/core/reading.ts';
import type { Frame, SlotFrame } from '../../src/protocols/guardian-link.ts';
import { sampleBoard, slotOf } from './sample-board.ts';

const slot = { ...slotOf(sampleBoard(), 3), limitC: 85, marginK: 5 };

function frame(temperature: Reading, seen: Partial<SlotFrame> = {}): Frame {
  const fru = { model: 'CS-1', serial: 'sled3', manufacturer: 'Example' };
  return {
    type: 'frame',
    seq: 1,
    atMs: 1000,
    lateMs: 0,
    sweepMs: 1,
    sensors: { [slot.sensors.temperature]: { reading: temperature, state: 'ok' } },
    fans: [],
    zones: [],
    slots: [{ slot: 3, presence: 'present', power: 'on', fru, ...seen }],
    intentHeld: false,
  };
}

const at = (temperatureC: number) => frame(good(temperatureC, 1000));
const judged = (seen: Frame | null, headingC: number | null = null) => {
  const { state, reason } = slotView(slot, seen, null, headingC);
  return { state, reason };
};

describe('the state of a slot, in words', () => {
  it('is a leak before all else, whether the power is off yet or not', () => {
    const cut = frame(none('off', 1000), { power: 'off', leak: 'cut' });
    assert.deepEqual(judged(cut), { state: 'unknown', reason: 'leak, power cut' });
    const cutting = frame(good(60, 1000), { leak: 'cutting' });
    assert.deepEqual(judged(cutting), { state: 'unknown', reason: 'leak, its power is not off yet' });
    assert.equal(slotView(slot, cut, null, null).sled?.power, 'off');
  });

  it('is ok below its aim, with no reason to give', () => {
    assert.deepEqual(judged(at(80)), { state: 'ok', reason: null });
  });

  it('is warm between aim and limit', () => {
    assert.deepEqual(judged(at(80.5)), { state: 'warm', reason: 'within 5 K of its limit of 85 °C' });
  });

  it('is hot over its limit', () => {
    assert.deepEqual(judged(at(87.25)), { state: 'hot', reason: '2.25 K over its limit of 85 °C' });
  });

  it('is warm when it is heading over its aim at the present speeds', () => {
    assert.deepEqual(judged(at(60), 91.234), {
      state: 'warm',
      reason: 'heading for 91.23 °C at the present fan speeds; its limit is 85 °C',
    });
    assert.equal(judged(at(60), 79).state, 'ok');
  });

  it('is unknown before the first frame, without a sled, without power, without a temperature', () => {
    assert.deepEqual(judged(null), { state: 'unknown', reason: 'nothing heard from the guardian yet' });
    assert.deepEqual(judged(frame(none('absent', 1), { presence: 'absent' })), {
      state: 'unknown',
      reason: 'no sled in this slot',
    });
    assert.deepEqual(judged(frame(none('off', 1), { power: 'off' })), {
      state: 'unknown',
      reason: 'the sled’s power is off',
    });
    assert.deepEqual(judged(frame(none('timeout', 1, 'no acknowledge at 0x4f'))), {
      state: 'unknown',
      reason: `${slot.sensors.temperature} gives no temperature (timeout: no acknowledge at 0x4f)`,
    });
  });
});

describe('the figures of a slot', () => {
  it('are the readings, with the margin to the limit', () => {
    const seen = slotView(slot, at(71.504), null, null);
    assert.equal(seen.temperatureC, 71.5);
    assert.equal(seen.marginK, 13.5); // 85 − 71.504 = 13.496
    assert.equal(seen.inletC, null);
  });

  it('keep the order of the keys that the MQTT topic has', () => {
    assert.deepEqual(Object.keys(slotView(slot, at(60), null, null)), [
      'slot',
      'sled',
      'temperatureC',
      'marginK',
      'inletC',
      'powerW',
      'state',
      'reason',
      'prediction',
    ]);
  });

  it('have the prediction, but none for a slot that gives no temperature', () => {
    const prediction = { inS: 600, temperatureC: 71.2, lowC: 69.9, highC: 72.5 };
    assert.deepEqual(slotView(slot, at(60), null, null, prediction).prediction, prediction);
    assert.equal(slotView(slot, frame(none('timeout', 1000)), null, null, prediction).prediction, null);
  });
});

describe('the sled of a slot', () => {
  const sledOf = (seen: Partial<SlotFrame>, agent: string | null) =>
    slotView(slot, frame(good(60, 1000), seen), agent, null).sled;

  it('is named by its FRU', () => {
    assert.deepEqual(sledOf({}, 'agent-says'), { id: 'sled3', model: 'CS-1', power: 'on' });
  });

  it('is named by its agent when the FRU has no serial number or cannot be read', () => {
    const erased = { model: '', serial: '', manufacturer: '' };
    assert.equal(sledOf({ fru: erased }, 'sled3')?.id, 'sled3');
    assert.deepEqual(sledOf({ fru: null }, 'sled3'), { id: 'sled3', model: 'unknown', power: 'on' });
  });

  it('is there but unknown when nobody names it, and not there when its presence is unknown too', () => {
    assert.deepEqual(sledOf({ fru: null }, null), { id: 'unknown', model: 'unknown', power: 'on' });
    assert.equal(sledOf({ fru: null, presence: 'unknown' }, null), null);
    assert.equal(sledOf({ presence: 'absent' }, 'sled3'), null);
  });
});
