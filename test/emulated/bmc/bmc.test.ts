// The product where it belongs: on an ASPEED AST2600 under Linux, with the real i2c-bus and onoff on real drivers, its feed on
// a broker of this machine. One boot; each test goes on where the one before has left the machine.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../../hwsim/child-process.ts';
import { bmcFiles } from './files.ts';
import { verdict, type Judgement } from './judgement.ts';
import { missingPrograms } from './machine.ts';
import { TWIN_BUS, twins } from './machine-chips.ts';
import { Rig } from './rig.ts';
import { BLOCK, quietest, sweepBesideC } from './sweep-times.ts';

const LIFE_MS = 540_000;
const GPIO_N0 = 104; // 8 lines a letter, from A
const FAN_COMMAND = 0x3b;
const READ_FAN_SPEED = 0x90;
const FULL = 10_000;
const SLED = { manufacturer: 'Cold Works', model: 'CS-ARM', serial: 'SN-2600-01' };

/** From the bundle, and the first process of all: QEMU has not translated any of Node yet. A real BMC's storage is as cold. */
const COLD_FIRST_FANS_S = 10;
const MQTT_UP_S = 20;
const USUAL_NODE_S = 1.2; // Node alone, started and ended
const GUARDIAN_PSS_KB = 45 * 1024;
const CONTROLLER_PSS_KB = 65 * 1024;
const WATCHDOG_S = 30; // the kernel's default for the AST2600

/**
 * Set from outside in thousandths of °C; what the chip makes of it, cut to 1/16 °C (TMP421, TMP105) or 1 °C (QEMU's EMC1413);
 * the feed has tenths of it. Uncut, 42.06 would be 42.1 there and 30.56 30.6.
 */
const TEMPERATURES = [
  { chip: 'sled1', property: 'temperature0', milliC: 24_260, sensor: 'slot1_inlet', valueC: 24.3 }, // 24.25
  { chip: 'sled1', property: 'temperature1', milliC: 30_560, sensor: 'slot1_cpu', valueC: 30.5 },
  { chip: 'sled2', property: 'temperature0', milliC: 21_900, sensor: 'slot2_inlet', valueC: 21 },
  { chip: 'sled2', property: 'temperature1', milliC: 33_000, sensor: 'slot2_cpu', valueC: 33 },
  { chip: 'sled3', property: 'temperature', milliC: 42_060, sensor: 'slot3_cpu', valueC: 42 },
  { chip: 'rear', property: 'temperature', milliC: 38_063, sensor: 'rear_air', valueC: 38.1 }, // 38.0625
  { chip: 'front', property: 'temperature', milliC: -5_500, sensor: 'front_air', valueC: -5.5 },
] as const;

function whyNot(): string | false {
  const absent = missingPrograms();
  if (absent.length > 0) return `needs ${absent.join(', ')}; scripts/test emulated installs them when root runs it`;
  if (bmcFiles() === null)
    return "needs Debian's kernel and Node for ARM; scripts/test emulated gets them when root runs it";
  return false;
}

const skip = whyNot();

describe('an emulated BMC', { timeout: LIFE_MS }, () => {
  if (skip !== false) {
    it('runs guardian and controller', { skip }, () => {}); // a skipped suite would not be counted
    return;
  }
  let rig: Rig;
  let guardianStartS = 0;
  let bareNodeS = 0;
  let coldFirstFansS = 0;
  /** On a machine with much else to do all takes longer; Node alone tells how much. */
  const allowedS = (limitS: number) => limitS * Math.max(1, bareNodeS / USUAL_NODE_S);

  before(async () => {
    const files = bmcFiles();
    if (files === null) throw new Error('the files are gone');
    rig = await Rig.start(files, SLED, LIFE_MS);
  });
  after(() => rig.end());

  const fanWords = async () => [await rig.fanWord(0, FAN_COMMAND), await rig.fanWord(1, FAN_COMMAND)];

  it('has its fans at full speed within seconds of the guardian’s start', async (test) => {
    await rig.sled1Present(false);
    await rig.run('echo tmp421 0x4e >/sys/bus/i2c/devices/i2c-2/new_device');
    await rig.sled2Present(true);
    await rig.heat('sled2', 'temperature1', 95_000); // over the limit: they stay there
    for (const page of [0, 1]) assert.equal(await rig.fanWord(page, FAN_COMMAND, 3000), 3000);
    const { startS, firstFansS } = await rig.startGuardian();
    guardianStartS = startS;
    await rig.signal('guardian', 'STOP');
    assert.deepEqual(await fanWords(), [FULL, FULL]);
    await rig.signal('guardian', 'CONT');
    bareNodeS = await rig.bareNodeS();
    const tookS = firstFansS - startS;
    test.diagnostic(
      `guardian's start → first fan command: ${tookS.toFixed(2)} s; boot → ${firstFansS.toFixed(2)} s; Node alone takes ${bareNodeS.toFixed(2)} s`,
    );
    coldFirstFansS = tookS;
    assert.ok(tookS <= allowedS(COLD_FIRST_FANS_S), `first fan command after ${tookS} s`);
  });

  it('is on the broker of another machine soon after the controller’s start', async (test) => {
    const started = performance.now();
    await rig.startController();
    await rig.feed.shows('status', ({ state }) => state === 'online');
    const tookS = (performance.now() - started) / 1000;
    test.diagnostic(`controller's start → MQTT up: ${tookS.toFixed(1)} s`);
    assert.ok(tookS <= allowedS(MQTT_UP_S), `on MQTT after ${tookS} s`);
  });

  it('says who has the address of a sled’s chip, and reads it when it is let go', async () => {
    const text =
      'sled1-thermal: the kernel driver tmp421 owns 0x4e on sled1; ' +
      'give the device "via": "hwmon" in the board to use the driver, or unbind the driver';
    await rig.sled1Present(true);
    const { value } = await rig.feed.shows('sensor/slot1_cpu', ({ state }) => state === 'fault');
    assert.equal(value, null);
    await rig.feed.shows('slot/1', ({ reason }) => /a kernel driver owns the address/.test(String(reason)));
    const log = (await rig.run('cat /run/guardian.log')).split('\n');
    const entries = log.map((line) => JSON.parse(line) as { readonly msg: string; readonly code?: string });
    const said = entries.filter(({ code }) => code === 'address-owned-by-kernel');
    assert.deepEqual(
      said.map(({ msg }) => msg),
      [text],
    );
    await rig.run('echo 0x4e >/sys/bus/i2c/devices/i2c-2/delete_device');
    await rig.feed.shows('sensor/slot1_cpu', ({ state }) => state === 'ok');
  });

  it('publishes each temperature exactly as its chip measures it', async () => {
    for (const { chip, property, milliC } of TEMPERATURES) await rig.heat(chip, property, milliC);
    for (const { sensor, valueC } of TEMPERATURES) {
      const record = await rig.feed.shows(`sensor/${sensor}`, ({ value }) => value === valueC);
      assert.deepEqual([record['unit'], record['state']], ['C', 'ok']);
    }
  });

  it('publishes voltage, current and power of a hot-swap controller', async () => {
    // QEMU turns them into whole numbers of the DIRECT format for the ADM1272's 100 V and 30 mV ranges and 0.3 mΩ:
    // 48 V · 4062 / 100 = 1949, which is 1949 · 100 / 4062 V; (12.5 A · 198 + 20480) / 10 = 2295 (it cuts 198.9), which is
    // (2295 · 10 - 20480) / 198.9 A; 600 W · 3160 / 1000 = 1896, which is 1896 · 1000 / 3160.5 W
    await rig.heat('hot-swap', 'vin', 48_000);
    await rig.heat('hot-swap', 'iout', 12_500);
    await rig.heat('hot-swap', 'pin', 600);
    for (const [sensor, shown, unit] of [
      ['input_voltage', 47.981, 'V'],
      ['input_current', 12.418, 'A'],
      ['input_power', 599.9, 'W'],
    ]) {
      const record = await rig.feed.shows(`sensor/${sensor}`, ({ value }) => value === shown);
      assert.deepEqual([record['unit'], record['state']], [unit, 'ok']);
    }
  });

  it('reads a chip that a kernel driver owns through the driver', async () => {
    const driver = await rig.run('readlink /sys/bus/i2c/devices/8-004d/driver');
    assert.match(driver, /\/lm75$/); // bound by the device tree
    const chip = await rig.machine.qmp.unnamed('tmp105');
    for (const [milliC, valueC] of [
      [26_500, 26.5],
      [-12_000, -12],
    ] as const) {
      await rig.machine.qmp.set(chip, 'temperature', milliC);
      await rig.feed.shows('sensor/base_air', ({ value }) => value === valueC);
    }
  });

  it('knows the sled by its EEPROM', async () => {
    const { sled } = await rig.feed.shows('slot/1', (record) => record['sled'] !== null);
    assert.deepEqual(sled, { id: SLED.serial, model: SLED.model, power: 'unknown' });
  });

  it('retains what it publishes', async () => {
    const { Feed } = await import('./feed.ts');
    const late = await Feed.open(rig.brokerUrl, 'bmc');
    try {
      await late.shows('sensor/slot3_cpu', ({ value }) => value === 42);
      for (const topic of ['status', 'slot/1', 'fan/fan0', 'sensor/slot3_cpu']) {
        await late.shows(topic, () => true);
        assert.ok(late.retained().has(topic), `${topic} was not retained`);
      }
    } finally {
      await late.close();
    }
  });

  it('sees a sled go and come by its presence line', async () => {
    await rig.run(
      `cd /app; node edges.mjs 1e780000.gpio ${GPIO_N0} >/run/edges 2>&1 & echo $! >/run/edges.pid; ` +
        `until [ -s /run/edges ]; do usleep 100000; done`,
    );
    await rig.sled1Present(false);
    await rig.feed.shows('slot/1', ({ sled }) => sled === null);
    await rig.feed.shows('sensor/slot1_cpu', ({ state }) => state === 'absent');
    await rig.sled1Present(true);
    await rig.feed.shows('slot/1', ({ sled }) => (sled as { readonly id?: string } | null)?.id === SLED.serial);
    await rig.feed.shows('sensor/slot1_cpu', ({ value }) => value === 30.5);
    assert.deepEqual((await rig.run('kill $(cat /run/edges.pid); cat /run/edges')).split('\n'), [
      'level 0',
      'edge 1',
      'edge 0',
    ]);
    await rig.feed.event('sled-removed', 0);
    await rig.feed.event('sled-inserted', 1); // the first was its first
  });

  it('sees a sled go and come by a pin of an I/O chip', async () => {
    await rig.sled2Present(false);
    await rig.feed.shows('sensor/slot2_cpu', ({ state }) => state === 'absent');
    await rig.sled2Present(true);
    await rig.feed.shows('sensor/slot2_cpu', ({ value }) => value === 33);
  });

  it('speeds the fans up as a temperature asks for it', async () => {
    const settled = async (ratio: number) => {
      const [duty, rpm] = [Math.round(ratio * FULL), Math.round(3 * ratio * FULL)]; // 3 rpm for each 0.01 % in QEMU's model
      for (const fan of ['fan0', 'fan1']) {
        const record = await rig.feed.shows(`fan/${fan}`, (fan) => fan['ratio'] === ratio);
        assert.equal(record['state'], 'ok');
        await rig.feed.shows(`fan/${fan}`, (fan) => (fan['rpm'] as readonly number[])[0] === rpm);
      }
      await rig.signal('guardian', 'STOP');
      assert.deepEqual(await fanWords(), [duty, duty]);
      assert.equal(await rig.fanWord(1, READ_FAN_SPEED), rpm);
      await rig.signal('guardian', 'CONT');
    };
    await settled(0.25); // the zone's least
    await rig.heat('sled2', 'temperature1', 57_000);
    await settled(0.8); // its table from 55 °C on
    await rig.heat('sled2', 'temperature1', 33_000);
    await settled(0.25);
  });

  it('is small', async (test) => {
    const before = await rig.cpu('guardian');
    await rig.run('sleep 10');
    const now = await rig.cpu('guardian');
    const percent = (100 * (now.cpuS - before.cpuS)) / (now.upS - before.upS);
    const [guardian, controller] = [await rig.memory('guardian'), await rig.memory('controller')];
    for (const [name, { pssKb, rssKb, anonymousKb }] of Object.entries({ guardian, controller })) {
      const mib = (kb: number) => (kb / 1024).toFixed(1);
      test.diagnostic(`${name}: PSS ${mib(pssKb)} MiB, RSS ${mib(rssKb)} MiB, anonymous ${mib(anonymousKb)} MiB`);
    }
    test.diagnostic(`guardian: ${percent.toFixed(1)} % CPU, ${(percent * 5).toFixed(1)} ms a tick of 500 ms`);
    assert.ok(guardian.pssKb <= GUARDIAN_PSS_KB, `guardian's PSS is ${guardian.pssKb} KiB`);
    assert.ok(controller.pssKb <= CONTROLLER_PSS_KB, `controller's PSS is ${controller.pssKb} KiB`);
  });

  it('leaves the fans at full speed and the watchdog running when the guardian ends', async () => {
    const { upS } = await rig.cpu('guardian');
    assert.ok(
      upS - guardianStartS > WATCHDOG_S,
      `the guardian ran only ${upS - guardianStartS} s, its watchdog never mattered`,
    );
    await rig.stop('controller');
    await rig.feed.shows('status', ({ state }) => state === 'offline');
    await rig.stop('guardian');
    // somebody must feed it now
    await rig.run('(while echo >&3; do sleep 2; done) 3>/dev/watchdog0 & echo $! >/run/feeder.pid');
    assert.deepEqual(await fanWords(), [FULL, FULL]);
  });

  it('sweeps its sensors with the transfers that a C program makes; how fast is measured by scripts/bench', async (test) => {
    const times = await sweepBesideC(rig, BLOCK);
    const { oursMs, cMs, ratio, ratios } = quietest(times);
    test.diagnostic(
      `a sweep of ${times.channels} channels in ${times.transfers} transfers: ${oursMs.toFixed(2)} ms; in C ${cMs.toFixed(2)} ms; ` +
        `ratio ${ratio.toFixed(2)} (by blocks of ${BLOCK}: ${ratios.map((one) => one.toFixed(2)).join(', ')}); ` +
        `CPU ${times.cpuMs.toFixed(2)} ms`,
    );
    assert.equal(times.values, times.channels);
  });

  it('reads what Linux’s own drivers read from the same chips', async (test) => {
    const compared = new Map<string, number>();
    const differences: string[] = [];
    for (let load = 0; load < Math.max(...twins.map(({ loads }) => loads.length)); load++) {
      for (const { id, loads } of twins) {
        for (const [property, value] of Object.entries(loads[load] ?? {})) await rig.heat(id, property, value);
      }
      const text = await rig.run(`cd /app; node judge.mjs '${JSON.stringify(twins)}' ${TWIN_BUS}`);
      for (const judgement of text.split('\n').map((line) => JSON.parse(line) as Judgement)) {
        const found = verdict(judgement);
        compared.set(judgement.id, (compared.get(judgement.id) ?? 0) + found.compared);
        differences.push(...found.differences);
      }
    }
    for (const { id } of twins) {
      test.diagnostic(`${id}: ${compared.get(id)} values compared`);
      assert.ok((compared.get(id) ?? 0) > 0, `${id}: nothing was compared`);
    }
    assert.deepEqual(differences, []);
  });

  it('has its fans at full speed sooner from a start-up snapshot, and is reset by its watchdog when the guardian is stuck', async (test) => {
    await rig.run('kill $(cat /run/feeder.pid)');
    await rig.makeSnapshot();
    const { startS, firstFansS } = await rig.startGuardian();
    bareNodeS = await rig.bareNodeS();
    const tookS = firstFansS - startS;
    test.diagnostic(
      `guardian's start from its snapshot → first fan command: ${tookS.toFixed(2)} s; Node alone takes ${bareNodeS.toFixed(2)} s`,
    );
    assert.deepEqual(await rig.startedFrom(), 'snapshot');
    assert.ok(tookS < coldFirstFansS, `first fan command after ${tookS} s, from the bundle ${coldFirstFansS} s`);
    await rig.run('sleep 3');
    await rig.signal('guardian', 'STOP');
    const [how] = await Promise.all([
      rig.machine.ended,
      until('the watchdog', () => rig.machine.qmp.events.includes('WATCHDOG'), 90_000),
    ]);
    assert.equal(how, 0);
  });
});
