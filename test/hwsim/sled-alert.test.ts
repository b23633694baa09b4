// A sled pulls its alert line over its sensor's critical limit, 80 °C on the sample chassis, and lets go 3 K under it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FaultDesk } from '../../hwsim/faults/fault-desk.ts';
import type { Chassis } from '../../hwsim/chassis.ts';
import type { Plant } from '../../hwsim/plant/plant.ts';
import { sampleChassis } from './sample-chassis.ts';

const RELEASED = 1;
const PULLED = 0;

const cpuC = (chassis: Chassis, slot = 1) => chassis.truth().slots.get(slot)?.cpuC ?? Number.NaN;
const line = (chassis: Chassis) => chassis.lines.gpio('gpio0:21')?.level;

/** Air so hot that the slots go over the limit, until slot 1 is `marginK` over it. */
function heat(chassis: Chassis, plant: Plant, marginK = 5): void {
  plant.setAmbient(95);
  for (let s = 0; s < 600 && cpuC(chassis) <= 80 + marginK; s++) chassis.advance(1);
  assert.ok(cpuC(chassis) > 80 + marginK);
}

describe('a sled’s alert line', () => {
  it('is pulled just when the slot goes over its sensor’s critical limit, and released 3 K under it', () => {
    const { chassis, plant } = sampleChassis();
    const edges: { readonly level: number; readonly atC: number }[] = [];
    chassis.lines.gpio('gpio0:21')?.watch((level) => edges.push({ level, atC: cpuC(chassis) }));
    chassis.advance(10);
    assert.equal(line(chassis), RELEASED);
    heat(chassis, plant);
    plant.setAmbient(20);
    chassis.advance(300);
    assert.deepEqual(
      edges.map(({ level }) => level),
      [PULLED, RELEASED],
    );
    const [pulled, released] = edges;
    assert.ok(pulled && pulled.atC > 80 && pulled.atC < 80.5, `pulled at ${pulled?.atC} °C`);
    assert.ok(released && released.atC <= 77 && released.atC > 76.5, `released at ${released?.atC} °C`);
  });

  it('tells the truth while the sensor is stuck, silent or its bus hangs', () => {
    const { chassis, plant } = sampleChassis();
    const desk = new FaultDesk(chassis, () => {});
    desk.apply({ kind: 'sensor-stuck', sensor: 's1-cpu' });
    desk.apply({ kind: 'device-nack', device: 's1-tmp' });
    desk.apply({ kind: 'bus-hung', bus: 'slot1' });
    heat(chassis, plant);
    assert.equal(line(chassis), PULLED);
  });

  it('is released when the sled is pulled out, and pulled again by a hot sled pushed in', () => {
    const { chassis, plant } = sampleChassis();
    const desk = new FaultDesk(chassis, () => {});
    heat(chassis, plant);
    desk.apply({ kind: 'sled-pull', slot: 1 });
    assert.equal(line(chassis), RELEASED);
    chassis.advance(1);
    assert.equal(line(chassis), RELEASED);
    desk.apply({ kind: 'sled-push', slot: 1 });
    for (let s = 0; s < 600 && cpuC(chassis) <= 80; s++) chassis.advance(1);
    assert.ok(cpuC(chassis) > 80);
    assert.equal(line(chassis), PULLED);
  });

  it('is released when the sled loses its power', async () => {
    const { chassis, plant } = sampleChassis();
    heat(chassis, plant);
    // latch low, pin 1 is slot 1's enable
    await chassis.bus('aux').transfer(0x20, Uint8Array.of(2, 0x00), 0);
    await chassis.bus('aux').transfer(0x20, Uint8Array.of(6, 0xfd), 0);
    assert.equal(chassis.bay(1).state, 'off');
    assert.equal(line(chassis), RELEASED);
    chassis.advance(1);
    assert.equal(line(chassis), RELEASED);
  });

  it('on an expander is a level of its pin: pin 14 is bit 6 of the second input register', async () => {
    const { chassis, plant } = sampleChassis();
    const input = async () => {
      const answer = await chassis.bus('aux').transfer(0x20, Uint8Array.of(1), 1);
      return answer.kind === 'ok' ? (answer.data[0] ?? 0) & 0x40 : assert.fail(answer.detail);
    };
    chassis.advance(1);
    assert.equal(await input(), 0x40);
    plant.setAmbient(95);
    for (let s = 0; s < 600 && cpuC(chassis, 2) <= 80; s++) chassis.advance(1);
    assert.ok(cpuC(chassis, 2) > 80);
    assert.equal(await input(), 0);
  });
});
