import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { loadBoardFile } from '../../hwsim/board-file.ts';
import { Chassis } from '../../hwsim/chassis.ts';
import { FaultDesk } from '../../hwsim/faults/fault-desk.ts';
import { defaultPlantFor } from '../../hwsim/plant/default-plant.ts';
import { Plant } from '../../hwsim/plant/plant.ts';
import { loadBoard } from '../../src/board/load.ts';
import { seededRandom } from '../../src/core/random.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { EventRecord } from '../../src/core/view.ts';
import { EarlyTick } from '../../src/guardian/early-tick.ts';
import { Guardian } from '../../src/guardian/guardian.ts';
import { Hardware } from '../../src/guardian/hardware.ts';
import type { Frame } from '../../src/protocols/guardian-link.ts';
import { boardFile, knownChips } from '../board/known-chips.ts';
import { Rig } from './rig.ts';

const PULLED = 0;
const RELEASED = 1;

const alertLine = (rig: Rig, slot: number) => rig.chassis.line('gpio', 30 + slot);
const alertEvents = (events: readonly EventRecord[]) => events.filter(({ code }) => code.startsWith('sled-alert'));

describe('a sled’s alert line', () => {
  it('that pushes its edge has the sensors asked at once: a frame half a second before the next tick', async () => {
    const rig = await Rig.settled();
    await rig.clock.advanceAsync(500);
    const [frames, transfers] = [rig.frames.length, rig.chassis.buses.sled1.transfers];
    rig.chassis.temperatureC[1] = 92;
    alertLine(rig, 1).edge(PULLED);
    await rig.clock.advanceAsync(1);
    assert.equal(rig.frames.length, frames + 1);
    assert.ok(rig.chassis.buses.sled1.transfers > transfers);
    const reading = rig.frame.sensors['slot1-cpu']?.reading;
    assert.equal(reading?.kind === 'none' && reading.reason, 'implausible'); // 45 to 92 °C within a second
    assert.equal(rig.chassis.duty(0), 1); // nothing speaks against the alert
    await rig.clock.advanceAsync(499);
    assert.equal(rig.frames.length, frames + 2); // the tick comes at its time all the same
  });

  it('is a critical event that names slot and line, with good readings nothing more; then it is over', async () => {
    const rig = await Rig.settled();
    const before = rig.chassis.duty(0);
    alertLine(rig, 2).edge(PULLED);
    await rig.seconds(10);
    alertLine(rig, 2).edge(RELEASED);
    await rig.seconds(2);
    const [alert, over, ...more] = alertEvents(rig.events);
    assert.deepEqual(more, []);
    assert.deepEqual([alert?.code, alert?.severity, alert?.source], ['sled-alert', 'critical', 'slot/2']);
    assert.match(alert?.text ?? '', /^slot 2: .*line 32 of gpio/);
    assert.deepEqual(alert?.data, { slot: 2, line: 'line 32 of gpio' });
    assert.deepEqual([over?.code, over?.severity, over?.source], ['sled-alert-over', 'info', 'slot/2']);
    assert.equal(rig.mode, 'control');
    assert.equal(rig.chassis.duty(0), before);
  });

  it('that pushes no edges is noticed with the next tick', async () => {
    const rig = await Rig.settled();
    await rig.clock.advanceAsync(500);
    alertLine(rig, 1).level = PULLED;
    await rig.clock.advanceAsync(499);
    assert.deepEqual(alertEvents(rig.events), []);
    await rig.clock.advanceAsync(1);
    assert.deepEqual(
      alertEvents(rig.events).map(({ code }) => code),
      ['sled-alert'],
    );
  });

  it('of a sled whose bus is dead takes the fans to full speed until it is released', async () => {
    const rig = await Rig.settled();
    rig.chassis.buses.sled1.mode = 'dead';
    await rig.seconds(2);
    assert.equal(rig.mode, 'control'); // the sensor has its timeout of 10 s
    alertLine(rig, 1).edge(PULLED);
    await rig.clock.advanceAsync(1);
    assert.equal(rig.mode, 'failsafe');
    assert.equal(rig.chassis.duty(0), 1);
    rig.chassis.buses.sled1.mode = 'well';
    await rig.seconds(60);
    assert.equal(rig.chassis.duty(0), 1);
    alertLine(rig, 1).edge(RELEASED);
    await rig.seconds(12); // at most a second to the next tick, 10 s to recover
    assert.equal(rig.mode, 'control');
  });

  it('is over when its sled is pulled out or loses its power, and keeps no failsafe up', async () => {
    for (const leave of ['pull', 'power-off'] as const) {
      const rig = await Rig.settled();
      alertLine(rig, 1).edge(PULLED);
      await rig.seconds(2);
      if (leave === 'pull') rig.chassis.pull(1);
      else await rig.guardian.slotCommand({ type: 'slot', id: 1, slot: 1, action: 'power-off' });
      await rig.seconds(5); // the line itself goes on saying alert, as one that hangs in the air may
      assert.deepEqual(
        alertEvents(rig.events).map(({ code }) => code),
        ['sled-alert', 'sled-alert-over'],
      );
      await rig.seconds(10); // one look at a sled just pulled may have found alert and silence together
      assert.equal(rig.mode, 'control');
    }
  });

  it('that chatters gets one tick an interval, and none before the start or after the end', async () => {
    const rig = new Rig();
    alertLine(rig, 1).edge(PULLED);
    alertLine(rig, 1).edge(RELEASED);
    await rig.seconds(3);
    assert.equal(rig.frames.length, 0);
    rig.guardian.start();
    await rig.seconds(10);
    await rig.clock.advanceAsync(100);
    const frames = rig.frames.length;
    for (let edge = 0; edge < 100; edge++) {
      alertLine(rig, 1).edge(edge % 2 === 0 ? PULLED : RELEASED);
      await rig.clock.advanceAsync(5);
    }
    assert.equal(rig.frames.length, frames + 1); // half a second without a tick of its own
    await rig.guardian.stop();
    alertLine(rig, 1).edge(PULLED);
    await rig.seconds(3);
    assert.equal(rig.frames.length, frames + 1);
  });
});

describe('a tick out of turn', () => {
  it('is not before an interval has passed since the last', () => {
    const early = new EarlyTick(1000);
    assert.equal(early.ask(0, false), true);
    assert.equal(early.ask(999, false), false);
    assert.equal(early.ask(1000, false), true);
  });

  it('follows the one under way, once', () => {
    const early = new EarlyTick(1000);
    assert.equal(early.takeWaiting(0), false);
    assert.equal(early.ask(10, true), false);
    assert.equal(early.takeWaiting(50), true);
    assert.equal(early.takeWaiting(60), false);
    assert.equal(early.ask(1040, false), false); // an interval after 50
  });
});

describe('the simulated chassis of eight sleds', () => {
  it('says when a hot sled whose thermometer is stuck pulls its pin, and goes to full speed when that falls silent, too', async () => {
    const file = loadBoardFile(boardFile('sim-8'));
    const slots = file.slots.map(({ number, row, column }) => ({ slot: number, row, column }));
    const fans = file.airMovers.map(({ id, tachometers }) => ({ id, fullRpm: tachometers.map((t) => t.fullRpm) }));
    const limits = new Map(file.slots.map(({ number, limitC }) => [number, limitC]));
    const present = new Set(limits.keys());
    const plant = new Plant({ parameters: defaultPlantFor('test', slots, fans), limits, present });
    const chassis = new Chassis({ board: file, plant, random: seededRandom(3) });
    const whole = loadBoard(boardFile('sim-8'), knownChips());
    const board = { ...whole, devices: whole.devices.filter((device) => device.bus !== 'shelf') }; // I2C is enough here
    const clock = new VirtualClock(1000);
    const [frames, events]: [Frame[], EventRecord[]] = [[], []];
    const noSuch = (id: string): never => assert.fail(`sim-8 has no ${id}`);
    const guardian = new Guardian({
      board,
      hardware: new Hardware(board, {
        bus: (id) => chassis.bus(id),
        line: noSuch,
        hwmon: noSuch,
        kernelChip: () => null,
        driverAt: () => null,
      }),
      clock,
      deadlineMs: 400,
      feeders: [],
      onFrame: (frame) => void frames.push(frame),
      onEvent: (record) => void events.push(record),
    });
    const seconds = async (count: number) => {
      for (let s = 0; s < count; s++) {
        chassis.advance(1);
        await clock.advanceAsync(1000);
      }
    };
    guardian.start();
    await seconds(60);
    assert.equal(frames.at(-1)?.zones[0]?.mode, 'control');
    plant.setOpenness(3, 0.02);
    plant.setSlotLoadPower(3, 300);
    const desk = new FaultDesk(chassis, () => {});
    for (const sensor of ['slot3_cpu', 'slot3_memory', 'slot3_inlet']) desk.apply({ kind: 'sensor-stuck', sensor });
    for (let s = 0; s < 600 && alertEvents(events).length === 0; s++) await seconds(1);
    const [alert] = alertEvents(events);
    const hotC = chassis.truth().slots.get(3)?.cpuC ?? Number.NaN;
    assert.ok(hotC > 85, `${hotC} °C`);
    assert.equal(alert?.code, 'sled-alert');
    assert.deepEqual(alert.data, { slot: 3, line: 'pin 10 of presence' });
    assert.equal(frames.at(-1)?.zones[0]?.mode, 'control'); // the stuck thermometer speaks against it
    desk.apply({ kind: 'device-nack', device: 'sled3-thermal' });
    await seconds(1);
    assert.equal(frames.at(-1)?.zones[0]?.mode, 'failsafe');
    assert.ok(frames.at(-1)?.fans.every(({ ratio }) => ratio === 1));
    await guardian.stop();
  });
});
