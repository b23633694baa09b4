// Every board of the project can be emulated: each of its chips answers.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { hwmonFanRegisters } from '../../src/core/bus-wire.ts';
import { seededRandom } from '../../src/core/random.ts';
import { loadBoardFile } from '../../hwsim/board-file.ts';
import { Chassis } from '../../hwsim/chassis.ts';
import { defaultPlant } from '../../hwsim/plant-for-board.ts';
import { Plant } from '../../hwsim/plant/plant.ts';

const folder = new URL('../../boards', import.meta.url).pathname;
const boards = existsSync(folder)
  ? readdirSync(folder).filter((file) => file.endsWith('.json') && !file.endsWith('.schema.json'))
  : [];

describe('the boards', { skip: boards.length === 0 ? `no board files in ${folder}` : false }, () => {
  for (const file of boards) {
    it(`${file}: every chip answers, and fans turn faster with more duty`, async () => {
      const board = loadBoardFile(join(folder, file));
      const limits = new Map(board.slots.map((slot) => [slot.number, slot.limitC]));
      const plant = new Plant({ parameters: defaultPlant(board), limits });
      const chassis = new Chassis({ board, plant, random: seededRandom(1) });
      for (const device of board.devices) {
        const modbus = chassis.modbus.device(device.id);
        const at = board.maps.get(device.chip)?.probe.at ?? 0;
        if (modbus !== null) assert.notEqual(modbus.read(at, 1), null, device.id);
        if (modbus !== null) continue;
        const pointer = device.chip === 'hwmon-fan' ? hwmonFanRegisters.pwm + 1 : 0;
        const answer = await chassis.bus(device.bus).transfer(device.address, Uint8Array.of(pointer), 1);
        assert.equal(answer.kind, 'ok', `${device.id}: ${JSON.stringify(answer)}`);
      }
      chassis.advance(10);
      const rpmBefore = new Map([...chassis.truth().fans].map(([id, fan]) => [id, fan.rpm[0] ?? 0]));
      for (const { pwm } of board.airMovers) {
        const device = board.devices.find((entry) => entry.id === pwm.device);
        assert.ok(device !== undefined);
        const modbus = chassis.modbus.device(device.id);
        const map = board.maps.get(device.chip);
        const actuator = map?.actuators.find((entry) => entry.pwm === pwm.channel);
        for (const { at, value } of actuator?.prepare ?? []) assert.equal(modbus?.write(at, [value]), null);
        if (actuator !== undefined) assert.equal(modbus?.write(actuator.at, [actuator.fullScale]), null);
        if (modbus !== null) continue;
        const isHwmon = device.chip === 'hwmon-fan';
        const full = isHwmon ? [hwmonFanRegisters.pwm + pwm.channel, 255] : [0x40 + 2 * (pwm.channel - 1), 0xff, 0x80];
        await chassis.bus(device.bus).transfer(device.address, Uint8Array.from(full), 0);
      }
      chassis.advance(20);
      for (const [id, fan] of chassis.truth().fans) {
        assert.ok((fan.rpm[0] ?? 0) > 2 * (rpmBefore.get(id) ?? 0), `${id}: ${fan.rpm[0]} rpm`);
      }
    });
  }
});
