import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { good, none } from '../../src/core/reading.ts';
import { fakeBoard } from './fake-chassis.ts';
import { Rig } from './rig.ts';

function near(actual: number, expected: number, tolerance = 0.002): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`);
}

describe('the start', () => {
  it('is a full-speed command to every fan before anything else is sent', async () => {
    const rig = new Rig();
    assert.equal(await rig.guardian.fullSpeed(400), 3);
    assert.equal(rig.chassis.transfersBeforeFirstDuty, 0);
    assert.deepEqual(
      [0, 1, 2].map((fan) => rig.chassis.duty(fan)),
      [1, 1, 1],
    );
  });

  it('stays at full speed while a must-have sensor has not been read, then comes down', async () => {
    const rig = new Rig();
    rig.chassis.buses.sled2.mode = 'dead';
    await rig.guardian.fullSpeed(400);
    rig.guardian.start();
    await rig.seconds(30);
    assert.equal(rig.mode, 'startup');
    assert.equal(rig.chassis.duty(0), 1);
    rig.chassis.buses.sled2.mode = 'well';
    await rig.seconds(120);
    assert.equal(rig.mode, 'control');
    near(rig.chassis.duty(0), 0.2);
  });

  it('does not wait for a sled that is not there', async () => {
    const rig = new Rig();
    rig.chassis.pull(2);
    await rig.guardian.fullSpeed(400);
    rig.guardian.start();
    await rig.seconds(5);
    assert.equal(rig.mode, 'control');
    assert.equal(rig.frame.sensors['slot2-cpu']?.state, 'absent');
  });

  it('arms the fan chip’s watchdog as the board says: 10 s is 2 in bits 2:1', async () => {
    const rig = await Rig.settled();
    assert.equal(rig.chassis.watchdogBits(), 2);
    await rig.guardian.stop();
    assert.equal(rig.chassis.watchdogBits(), 2);
  });

  it('resolves although the fan bus hangs, and says how many fans took it', async () => {
    const rig = new Rig();
    rig.chassis.buses.fanbus.mode = 'hung';
    const accepted = rig.guardian.fullSpeed(400);
    await rig.seconds(1);
    assert.equal(await accepted, 0);
  });
});

describe('a frame', () => {
  it('says what is in the slots, how warm they are and how the fans turn', async () => {
    const rig = await Rig.settled();
    const { frame } = rig;
    assert.equal(frame.sensors['slot1-cpu']?.reading.kind === 'value' && frame.sensors['slot1-cpu'].reading.value, 45);
    const { powerFrom, ...slot } = frame.slots[0] ?? {};
    assert.deepEqual(slot, {
      slot: 1,
      presence: 'present',
      power: 'on',
      fru: { model: 'Sled 200', serial: 'sled1', manufacturer: 'Example Works' },
    });
    assert.equal(powerFrom?.source, 'command'); // the board has an enable line, and none for power-good
    const [rpm] = frame.fans[0]?.rpm ?? [];
    assert.ok(rpm?.kind === 'value' && Math.abs(rpm.value - 1200) < 12, 'a fifth of 6,000 rpm');
    assert.equal(frame.zones[0]?.worstMarginK, 35); // 80 − 45
    assert.equal(frame.intentHeld, false);
  });

  it('comes once a second, numbered without gaps', async () => {
    const rig = await Rig.settled();
    assert.deepEqual(
      rig.frames.map(({ seq }) => seq),
      [...rig.frames.keys()],
    );
    assert.equal(rig.frames.length, 121); // one at once and 120
  });
});

describe('a sled', () => {
  it('that is pulled is no failure: its sensor is absent, its bus is left alone, the fans go on', async () => {
    const rig = await Rig.settled();
    rig.chassis.pull(2);
    await rig.seconds(3);
    const before = rig.chassis.buses.sled2.transfers;
    await rig.seconds(30);
    assert.equal(rig.chassis.buses.sled2.transfers, before);
    assert.equal(rig.mode, 'control');
    near(rig.chassis.duty(0), 0.2);
    const { powerFrom, ...slot } = rig.frame.slots[1] ?? {};
    assert.deepEqual(slot, { slot: 2, presence: 'absent', power: 'off', fru: null });
    assert.equal(powerFrom?.source, 'absence');
    assert.ok(rig.frame.atMs - (powerFrom?.atMs ?? 0) <= 1_000);
    assert.ok(rig.codes().includes('sled-removed'));
    assert.ok(!rig.codes().includes('sensor-lost'));
  });

  it('that is pushed in is read and identified again', async () => {
    const rig = await Rig.settled();
    rig.chassis.pull(2);
    await rig.seconds(10);
    rig.chassis.push(2);
    await rig.seconds(3);
    assert.equal(rig.frame.slots[1]?.fru?.serial, 'sled2');
    assert.equal(rig.frame.sensors['slot2-cpu']?.state, 'ok');
    assert.deepEqual(rig.codes().slice(-2), ['sled-inserted', 'sled-identified']);
  });

  it('whose power is off is not read, and no failure', async () => {
    const rig = await Rig.settled();
    assert.equal(await rig.guardian.slotCommand({ type: 'slot', id: 1, slot: 2, action: 'power-off' }), null);
    await rig.seconds(20);
    assert.equal(rig.frame.slots[1]?.power, 'off');
    assert.deepEqual(
      rig.frame.sensors['slot2-cpu']?.reading.kind === 'none' && rig.frame.sensors['slot2-cpu'].reading.reason,
      'off',
    );
    assert.equal(rig.mode, 'control');
  });

  it('without a presence line is there while anything of it answers', async () => {
    const board = fakeBoard();
    const slots = board.slots.map(({ presence: _presence, ...slot }) => slot);
    const rig = await Rig.settled({ ...board, slots });
    rig.chassis.pull(2); // the fake sled falls silent: not acknowledged
    await rig.seconds(30);
    assert.equal(rig.frame.slots[1]?.presence, 'absent');
    assert.equal(rig.mode, 'control');
    rig.chassis.push(2);
    await rig.seconds(5);
    assert.equal(rig.frame.slots[1]?.presence, 'present');
    assert.equal(rig.frame.sensors['slot2-cpu']?.state, 'ok');
  });
});

describe('a slot without a presence line whose bus is lost', () => {
  it('is not taken for empty: its sensor fails, and the zone with it', async () => {
    const board = fakeBoard();
    const rig = await Rig.settled({ ...board, slots: board.slots.map(({ presence: _presence, ...slot }) => slot) });
    rig.chassis.buses.sled2.mode = 'dead';
    await rig.seconds(12);
    assert.equal(rig.frame.slots[1]?.presence, 'present');
    assert.equal(rig.mode, 'failsafe');
  });
});

describe('a presence or power line that cannot be read', () => {
  it('changes nothing: a sled that was there is cooled, one that was not is no failure', async () => {
    const rig = await Rig.settled();
    rig.chassis.pull(2);
    await rig.seconds(5);
    for (const line of [1, 2, 11, 12]) {
      rig.chassis.line('gpio', line).read = () => Promise.resolve(none('fault', 0, 'injected'));
    }
    await rig.seconds(30);
    assert.equal(rig.mode, 'control');
    assert.deepEqual(
      rig.frame.slots.map(({ presence, power }) => [presence, power]),
      [
        ['present', 'on'],
        ['absent', 'off'],
      ],
    );
    assert.equal(rig.frame.sensors['slot1-cpu']?.state, 'ok');
    assert.equal(rig.frame.sensors['slot2-cpu']?.state, 'absent');
  });

  it('does not hide a sled pushed in meanwhile: its chips answer', async () => {
    const rig = await Rig.settled();
    rig.chassis.pull(2);
    await rig.seconds(5);
    rig.chassis.line('gpio', 2).read = () => Promise.resolve(none('fault', 0, 'injected'));
    rig.chassis.push(2);
    await rig.seconds(5);
    assert.equal(rig.frame.slots[1]?.presence, 'present');
    assert.equal(rig.frame.sensors['slot2-cpu']?.state, 'ok');
  });
});

describe('a bus that hangs', () => {
  it('holds up one tick until its deadline and none after it; the others are read', async () => {
    const rig = await Rig.settled();
    rig.chassis.buses.sled2.mode = 'hung';
    const from = rig.frames.length;
    await rig.seconds(30);
    const frames = rig.frames.slice(from);
    assert.equal(frames.length, 30);
    assert.deepEqual(
      frames.filter(({ sweepMs }) => sweepMs > 0).map(({ sweepMs }) => sweepMs),
      [400],
    );
    assert.ok(frames.every(({ sensors }) => sensors['slot1-cpu']?.reading.kind === 'value'));
    assert.equal(frames.at(-1)?.sensors['slot2-cpu']?.state, 'timeout');
  });

  it('is a failsafe as soon as it is taken for dead, at once, and ends some time after the bus is back', async () => {
    const rig = await Rig.settled();
    rig.chassis.buses.sled2.mode = 'hung';
    await rig.seconds(2);
    assert.equal(rig.mode, 'control');
    await rig.seconds(2); // silent in the first tick, tried in the third, given up in the fourth: not after the sensor's 10 s
    assert.equal(rig.mode, 'failsafe');
    near(rig.chassis.duty(0), 0.9);
    assert.ok(['bus-silent', 'bus-dead', 'zone-failsafe'].every((code) => rig.codes().includes(code)));
    rig.chassis.buses.sled2.mode = 'well';
    await rig.seconds(25); // at most 8 s to the next try, 10 s of good readings
    assert.equal(rig.mode, 'control');
    assert.ok(rig.codes().includes('bus-back') && rig.codes().includes('sensor-back'));
  });

  it('with the fans on it: failsafe, and commands again when it is back', async () => {
    const rig = await Rig.settled();
    rig.chassis.buses.fanbus.mode = 'hung';
    await rig.seconds(6);
    assert.equal(rig.mode, 'failsafe');
    assert.deepEqual(rig.codes().filter((code) => code === 'fan-unreachable').length, 3);
    rig.chassis.buses.fanbus.mode = 'well';
    await rig.seconds(3);
    near(rig.chassis.duty(0), 0.9);
    assert.equal(rig.codes().filter((code) => code === 'fan-reachable').length, 3);
  });
});

describe('all buses dead', () => {
  it('is a failsafe; commands are tried on and on', async () => {
    const rig = await Rig.settled();
    for (const bus of Object.values(rig.chassis.buses)) bus.mode = 'dead';
    await rig.seconds(12);
    assert.equal(rig.mode, 'failsafe');
    for (const bus of Object.values(rig.chassis.buses)) bus.mode = 'well';
    await rig.seconds(1);
    assert.equal(rig.chassis.duty(0), 1); // 0.9, and no fan was seen to turn for ten seconds
  });
});

describe('the controller', () => {
  it('that dies leaves no step: no duty falls or rises by more than the slew of a second', async () => {
    const rig = await Rig.settled();
    for (let second = 0; second < 60; second++) {
      assert.equal(rig.intent({ airMoverRatios: { fan0: 0.6, fan1: 0.6, fan2: 0.6 } }), 'taken');
      await rig.seconds(1);
    }
    near(rig.chassis.duty(0), 0.6);
    assert.equal(rig.frame.intentHeld, true);
    rig.guardian.clientGone(1);
    const from = rig.chassis.duties.length;
    await rig.seconds(3);
    assert.ok(
      rig.chassis.duties.slice(from).every(({ ratio }) => Math.abs(ratio - 0.6) < 0.002),
      'the lease still holds',
    );
    await rig.seconds(60);
    assert.equal(rig.frame.intentHeld, false);
    const course = rig.chassis.duties.slice(from).filter(({ fan }) => fan === 0);
    for (const [index, { ratio }] of course.entries()) {
      const before = course[index - 1]?.ratio ?? ratio;
      assert.ok(before - ratio <= 0.023 && ratio - before <= 0.001, `${before} to ${ratio}`); // 0.02 and the chip's 1/511
    }
    assert.ok(rig.codes().includes('intent-lost'));
  });

  it('that comes back within the lease finds its intent in force and may renew it', async () => {
    const rig = await Rig.settled();
    rig.intent({ airMoverRatios: { fan0: 0.5, fan1: 0.5, fan2: 0.5 } }, 1);
    await rig.seconds(2);
    rig.guardian.clientGone(1);
    assert.equal(rig.intent({ airMoverRatios: { fan0: 0.5, fan1: 0.5, fan2: 0.5 } }, 2), 'taken');
    await rig.seconds(3);
    near(rig.chassis.duty(0), 0.5);
  });

  it('is alone with its intent: a second client is refused until the lease ends or the first goes', async () => {
    const rig = await Rig.settled();
    assert.equal(rig.intent({}, 1), 'taken');
    assert.equal(rig.intent({}, 2), 'refused');
    await rig.seconds(6);
    assert.equal(rig.intent({}, 2), 'taken');
  });

  it('may read sensors for us, but not those we read ourselves', async () => {
    const rig = await Rig.settled();
    rig.intent({ readings: { 'slot1-cpu': good(120, rig.clock.nowMs()) } });
    await rig.seconds(2);
    assert.equal(rig.frame.zones[0]?.worstMarginK, 35);
  });
});

describe('a fan at half its speed', () => {
  it('is degraded, and its neighbours do its share', async () => {
    const rig = await Rig.settled();
    rig.chassis.health[1] = 0.5;
    await rig.seconds(6);
    assert.equal(rig.frame.fans[1]?.state, 'degraded');
    near(rig.chassis.duty(0), 0.3); // 0.2 · 3/2
    assert.ok(rig.codes().includes('fan-degraded'));
  });
});

describe('a slot over its power-down limit', () => {
  it('is announced, loses its power five seconds later and stays off', async () => {
    const rig = await Rig.settled();
    const line = rig.chassis.line('gpio', 11);
    rig.chassis.temperatureC[1] = 69;
    await rig.seconds(5);
    rig.chassis.temperatureC[1] = 93;
    await rig.seconds(3);
    assert.equal(rig.chassis.duty(0), 1); // over the critical limit of 90 °C
    rig.chassis.temperatureC[1] = 101;
    await rig.seconds(3);
    assert.ok(rig.codes().includes('power-down-imminent'));
    assert.deepEqual(line.written, []);
    await rig.seconds(5);
    assert.deepEqual(line.written, [0]);
    await rig.seconds(20);
    assert.deepEqual(line.written, [0]);
    assert.equal(rig.frame.slots[0]?.power, 'off');
  });
});

describe('slot commands', () => {
  it('drive the lines the board names', async () => {
    const rig = await Rig.settled();
    const command = (slot: number, action: 'power-on' | 'power-off' | 'identify-on' | 'identify-off') =>
      rig.guardian.slotCommand({ type: 'slot', id: 7, slot, action });
    assert.equal(await command(2, 'identify-on'), null);
    assert.deepEqual(rig.chassis.line('gpio', 22).written, [1]);
    assert.equal(await command(2, 'power-off'), null);
    assert.equal(await command(2, 'power-on'), null);
    assert.deepEqual(rig.chassis.line('gpio', 12).written, [0, 1]);
    assert.match((await command(9, 'power-on')) ?? '', /no slot 9/);
  });
});

describe('the end', () => {
  it('leaves the fans at full speed, and no late tick slows them', async () => {
    const rig = await Rig.settled();
    near(rig.chassis.duty(0), 0.2);
    await rig.guardian.stop();
    await rig.seconds(10);
    assert.deepEqual(
      [0, 1, 2].map((fan) => rig.chassis.duty(fan)),
      [1, 1, 1],
    );
  });
});

describe('the watchdog', () => {
  it('is fed once a healthy tick, and not by a tick that failed; then the fans are at full speed', async () => {
    const rig = await Rig.settled();
    assert.equal(rig.fed, rig.frames.length);
    const { fed } = rig;
    rig.chassis.line('gpio', 1).read = () => {
      throw new Error('a bug');
    };
    await rig.seconds(5);
    assert.equal(rig.fed, fed);
    assert.deepEqual(
      [0, 1, 2].map((fan) => rig.chassis.duty(fan)),
      [1, 1, 1],
    );
    assert.equal(rig.codes().filter((code) => code === 'tick-failed').length, 1);
  });
});
