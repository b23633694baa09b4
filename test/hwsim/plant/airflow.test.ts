import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { airflow } from '../../../hwsim/plant/airflow.ts';
import { parsePlant, type PlantParameters } from '../../../hwsim/plant/parameters.ts';
import { ONE_SLOT_JSON } from './one-slot.ts';

/** Four slots, two fans: fan0 serves mostly 1 and 2, fan1 mostly 3 and 4. */
function fourSlots(change: Partial<PlantParameters> = {}): PlantParameters {
  const fan = ONE_SLOT_JSON.fans[0]!;
  const shares = [0.4, 0.3, 0.2, 0.1];
  const slots = shares.map((share, i) => ({
    slot: i + 1,
    idlePowerW: 60,
    share: { fan0: share, fan1: shares[3 - i]! },
  }));
  const fans = [
    { ...fan, id: 'fan0', maxFlowM3s: 0.05 },
    { ...fan, id: 'fan1', maxFlowM3s: 0.05 },
  ];
  return parsePlant(JSON.stringify({ ...ONE_SLOT_JSON, bypass: 0.1, fans, slots, ...change }), 'four.json');
}

const open = [1, 1, 1, 1];
const total = (flow: readonly number[]) => flow.reduce((sum, part) => sum + part, 0);

describe('airflow', () => {
  it('divides what the fans deliver by their shares, the rest going past', () => {
    const air = airflow(fourSlots(), [1, 0.5], open);
    // fan0 0.05, fan1 0.025 m³/s; 1/1.1 through the slots: slot 1 gets (0.4·0.05 + 0.1·0.025)/1.1
    assert.ok(Math.abs(air.slotM3s[0]! - 0.0225 / 1.1) < 1e-6);
    assert.ok(Math.abs(air.bypassM3s - 0.0075 / 1.1) < 1e-6);
    assert.ok(Math.abs(total(air.slotM3s) + air.bypassM3s - 0.075) < 1e-6);
  });

  it('works against the chassis: a turbulent loss of 3 halves the delivery, at every speed', () => {
    const plant = fourSlots({ impedance: { laminar: 0, turbulent: 3 } });
    for (const speed of [0.3, 1]) {
      const air = airflow(plant, [speed, speed], open);
      // n²·(1 − q²) = 3·n²·q² → q = ½
      assert.ok(Math.abs(total(air.slotM3s) + air.bypassM3s - 0.1 * speed * 0.5) < 1e-6);
    }
  });

  it('loses more than in proportion at low speed behind a filter', () => {
    const plant = fourSlots({ impedance: { laminar: 0.2, turbulent: 0.5 } });
    const whole = total(airflow(plant, [1, 1], open).slotM3s);
    const third = total(airflow(plant, [1 / 3, 1 / 3], open).slotM3s);
    assert.ok(third < (whole / 3) * 0.97, `${third} of ${whole}`);
  });

  it("sends part of a blocked slot's air to the others, and delivers less in all", () => {
    const plant = fourSlots({ impedance: { laminar: 0.05, turbulent: 0.6 } });
    const before = airflow(plant, [1, 1], open);
    const after = airflow(plant, [1, 1], [0.5, 1, 1, 1]);
    assert.ok(after.slotM3s[0]! < 0.6 * before.slotM3s[0]! && after.slotM3s[0]! > 0.45 * before.slotM3s[0]!);
    for (const other of [1, 2, 3]) assert.ok(after.slotM3s[other]! > before.slotM3s[other]!, `slot ${other + 1}`);
    assert.ok(total(after.slotM3s) < total(before.slotM3s));
  });

  it('loses air through a standing fan', () => {
    const closed = airflow(fourSlots(), [1, 0], open);
    const through = airflow(fourSlots({ backflow: 0.6 }), [1, 0], open);
    assert.ok(total(through.slotM3s) < total(closed.slotM3s));
    assert.ok(through.bypassM3s > closed.bypassM3s);
  });

  it('takes a fan that has run down for an hour for one that stands', () => {
    // e^(−3600/4) of its speed is below the smallest number there is but for the denormal ones
    const plant = fourSlots({ impedance: { laminar: 0.05, turbulent: 0.6 } });
    assert.deepEqual(airflow(plant, [1, 1e-320], open).slotM3s, airflow(plant, [1, 0], open).slotM3s);
  });

  it('leaves only buoyancy when all fans stand', () => {
    const air = airflow(fourSlots(), [0, 0], [1, 0.5, 1, 0]);
    // closed is not airtight: 1 %
    [1e-9, 0.5e-9, 1e-9, 0.01e-9].forEach((expected, s) => assert.ok(Math.abs(air.slotM3s[s]! - expected) < 1e-15));
    assert.equal(air.bypassM3s, 0);
  });
});
