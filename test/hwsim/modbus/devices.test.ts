// The Open Rack devices of the simulator, asked by register number. Scales and numbers are rackmon's: fixed point with
// 7 bits for a power supply's temperatures, 3 for its power, 6 for its currents, 10 for its output voltage; tenths for
// the pumping unit; mV and 0.1 K (Smart Battery Data 1.1) for the battery.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MapDevice } from '../../../hwsim/modbus/map-device.ts';
import { modbusExceptions } from '../../../hwsim/modbus/pdu.ts';
import { liquidChassis } from './liquid-chassis.ts';

function rack() {
  const { chassis, plant } = liquidChassis();
  const device = (id: string): MapDevice => chassis.modbus.device(id) ?? assert.fail(`no ${id}`);
  const one = (id: string, address: number) =>
    device(id).read(address, 1)?.[0] ?? assert.fail(`${id} has no ${address}`);
  return { chassis, plant, device, one };
}

function near(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} is not within ${tolerance} of ${expected}`);
}

describe('a power supply', () => {
  it('carries what sleds, fans and pumps draw', () => {
    const { chassis, one } = rack();
    chassis.advance(1);
    const { slots, fans } = chassis.truth();
    const drawnW = [...slots.values(), ...fans.values()].reduce((sum, { powerW }) => sum + powerW, 0);
    near(one('psu0', 82) / 8, drawnW, drawnW * 0.02, 'W');
    near(one('psu0', 79) / 1024, 50, 0.25, 'V');
    near(one('psu0', 80) / 64, drawnW / 50, drawnW / 50 / 25, 'A');
  });

  it('takes in more than it gives, gets warm from that and blows the harder for it', () => {
    const { chassis, plant, one } = rack();
    chassis.advance(300);
    const before = {
      outletC: one('psu0', 70) / 128,
      rpm: one('psu0', 67),
      lossW: one('psu0', 87) / 8 - one('psu0', 82) / 8,
    };
    assert.ok(before.lossW > 0 && before.outletC > one('psu0', 69) / 128 + 1);
    for (const slot of [1, 2, 3, 4]) plant.setSlotLoadPower(slot, 500);
    chassis.advance(300);
    assert.ok(one('psu0', 70) / 128 > before.outletC + 1, 'warmer');
    assert.ok(one('psu0', 67) > before.rpm + 1000, 'faster');
    assert.ok(one('psu0', 71) / 128 >= one('psu0', 70) / 128 - 1.5, 'the highest so far');
  });

  it('says who it is, and for how long it has run', () => {
    const { chassis, device } = rack();
    const text = (address: number, length: number) =>
      Buffer.from((device('psu0').read(address, length) ?? []).flatMap((word) => [word >> 8, word & 0xff]))
        .toString('latin1')
        .replaceAll('\0', '');
    assert.equal(text(8, 8), 'ORV3 PSU 3kW');
    assert.equal(text(24, 16), 'psu0');
    chassis.advance(70);
    assert.deepEqual(device('psu0').read(52, 2), [0, 70]);
  });
});

describe('a battery unit', () => {
  it('stands by, charged: 11 cells of 4.05 V in mV, room temperature and 3 K in 0.1 K', () => {
    const { chassis, one } = rack();
    for (let cell = 0; cell < 11; cell++) near(one('bbu0', 109 + cell), 4050, 60, `cell ${cell + 1}`);
    near(one('bbu0', 128), 44_550, 300, 'pack');
    const ambientC = chassis.truth().ambientC;
    for (const at of [122, 123, 124, 125]) near(one('bbu0', at) / 10 - 273.15, ambientC + 3, 1.8, `pack ${at}`);
    assert.equal(one('bbu0', 126), 100);
  });
});

describe('a pumping unit', () => {
  const CONTROL = 37_904;
  const MANUAL_PUMPS = 0x0202; // Enable_Manual_Control and Manual_Control_Pump_On
  const duty = (pump: number) => 41_986 + pump;
  const rpm = (pump: number) => 36_873 + pump;

  it('shows the coolant as it is: l/min and °C in tenths', () => {
    const { chassis, one } = rack();
    chassis.advance(30);
    const { liquid } = chassis.truth();
    assert.ok(liquid !== undefined);
    near(one('pumping-unit', 36_864) / 10, liquid.flowM3s * 60_000, 0.1, 'flow');
    near(one('pumping-unit', 36_865) / 10, liquid.supplyC, 1.8, 'outlet');
    near(one('pumping-unit', 36_866) / 10, liquid.returnC, 1.8, 'inlet');
    assert.ok(liquid.returnC > liquid.supplyC);
  });

  it('runs its pumps itself until it is told not to: more when the coolant is above the target', () => {
    const { chassis, device, one } = rack();
    chassis.advance(60);
    const cool = one('pumping-unit', rpm(1));
    assert.equal(device('pumping-unit').write(duty(1), [100]), null);
    chassis.advance(60);
    near(one('pumping-unit', rpm(1)), cool, 0.15 * cool, 'a duty counts for nothing');
    assert.equal(device('pumping-unit').write(37_889, [250]), null);
    chassis.advance(60);
    assert.ok(one('pumping-unit', rpm(1)) > 1.3 * cool, 'target 25 °C');
  });

  it('gives each pump the duty that was written, and the pump follows with inertia', () => {
    const { chassis, device, one } = rack();
    const unit = device('pumping-unit');
    assert.equal(unit.write(duty(1), [60, 50, 40]), null);
    assert.equal(unit.write(CONTROL, [MANUAL_PUMPS]), null);
    chassis.advance(60);
    // 5,200 rpm at full duty; tachometers are good for a few rpm and 0.2 %
    near(one('pumping-unit', rpm(1)), 3120, 40, 'pump 1');
    near(one('pumping-unit', rpm(2)), 2600, 40, 'pump 2');
    near(one('pumping-unit', rpm(3)), 2080, 40, 'pump 3');
    assert.equal(one('pumping-unit', rpm(4)), 0, 'there is no fourth');
    unit.write(duty(1), [100]);
    chassis.advance(1.8);
    // one time constant of 1.8 s: 63.2 % of the way, less the one step of 0.1 s in which the command arrives
    near(one('pumping-unit', rpm(1)), 3120 + 0.632 * 2080, 120, 'on its way');
  });

  it('takes a duty for all pumps at once, refuses more than 100 %, and stops when it is told', () => {
    const { chassis, device, one } = rack();
    const unit = device('pumping-unit');
    unit.write(CONTROL, [MANUAL_PUMPS]);
    assert.equal(unit.write(37_891, [70]), null);
    assert.deepEqual(unit.read(duty(1), 3), [70, 70, 70]);
    assert.equal(unit.write(duty(1), [101]), modbusExceptions.illegalValue);
    assert.equal(unit.write(duty(1), [80, 200, 80]), modbusExceptions.illegalValue);
    assert.deepEqual(unit.read(duty(1), 3), [70, 70, 70], 'nothing of it was written');
    unit.write(CONTROL, [MANUAL_PUMPS | (1 << 5)]);
    chassis.advance(60);
    for (const pump of [1, 2, 3]) assert.ok(one('pumping-unit', rpm(pump)) < 30);
  });

  it('raises an alarm for a pump that does not follow, and for a leak, as long as they last', () => {
    const { chassis, plant, device, one } = rack();
    device('pumping-unit').write(CONTROL, [MANUAL_PUMPS]);
    chassis.advance(10);
    assert.deepEqual([one('pumping-unit', 37_377), one('pumping-unit', 37_378)], [0, 0]);
    plant.setFanHealth('pump2', null, 0);
    chassis.faults.leakCoolant('pumping-unit');
    chassis.advance(20);
    assert.deepEqual([one('pumping-unit', 37_377), one('pumping-unit', 37_378)], [1 << 6, 1 << 4]);
    plant.setFanHealth('pump2', null, 1);
    chassis.faults.heal('pumping-unit');
    chassis.advance(20);
    assert.deepEqual([one('pumping-unit', 37_377), one('pumping-unit', 37_378)], [0, 0]);
  });
});

describe('every device', () => {
  it('has the registers of its map and no others', () => {
    const { chassis, device } = rack();
    for (const [id, chip] of [
      ['psu0', 'orv3-psu'],
      ['bbu0', 'orv3-bbu'],
      ['pumping-unit', 'orv3-rpu'],
    ] as const) {
      const map = chassis.board.maps.get(chip);
      const there = new Set(map?.actuators.map((actuator) => actuator.at));
      for (const register of map?.registers ?? []) {
        const words =
          register.type === 'string'
            ? register.length
            : /64/.test(register.type)
              ? 4
              : /32/.test(register.type)
                ? 2
                : 1;
        for (let i = 0; i < words; i++) there.add(register.at + i);
      }
      assert.ok(there.size > 50);
      for (let address = 0; address < 65_536; address++) {
        assert.equal(device(id).read(address, 1) !== null, there.has(address), `${id} ${address}`);
      }
    }
  });

  it('lets nobody write what it measures', () => {
    const { device } = rack();
    assert.equal(device('psu0').write(82, [1]), modbusExceptions.illegalAddress);
    assert.equal(device('pumping-unit').write(36_874, [1]), modbusExceptions.illegalAddress);
    assert.equal(device('bbu0').write(128, [1]), modbusExceptions.illegalAddress);
  });

  it('shows a stuck sensor’s last value', () => {
    const { chassis, plant, one } = rack();
    const before = one('psu0', 82);
    chassis.faults.stickSensor('psu0_power');
    plant.setSlotLoadPower(1, 600);
    chassis.advance(30);
    assert.equal(one('psu0', 82), before);
    chassis.faults.heal('psu0_power');
    assert.ok(one('psu0', 82) > before);
  });
});
