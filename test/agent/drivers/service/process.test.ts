import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { realClock } from '../../../../src/core/clock.ts';
import { serviceSpecSchema } from '../../../../src/protocols/agent-messages.ts';
import type { Launch, Marker } from '../../../../src/agent/drivers/service/launch.ts';
import { KEPT_LOG_BYTES, MAX_LOG_BYTES, cutLog } from '../../../../src/agent/drivers/service/log-file.ts';
import { isAlive } from '../../../../src/agent/drivers/service/proc-table.ts';
import {
  continueProcess,
  findCopies,
  killCopies,
  pauseProcess,
  startProcess,
  stopProcess,
} from '../../../../src/agent/drivers/service/process.ts';
import { eventually } from '../../world.ts';

const clock = realClock();

describe('a service process', () => {
  let root: string;
  let marker: Marker;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'coldslot-process-'));
    marker = { workload: 'web', sled: 'sled1', stateRoot: root, epoch: null };
  });
  afterEach(async () => {
    await killCopies(clock, marker, null);
    rmSync(root, { recursive: true, force: true });
  });

  function launch(script: string): Launch {
    const spec = serviceSpecSchema.parse({ id: 'web', command: '/bin/sh', args: ['-c', script] });
    return { spec, epoch: 3, sled: 'sled1', stateRoot: root, stateDirectory: root, logFile: join(root, 'service.log') };
  }
  const log = () => (existsSync(join(root, 'service.log')) ? readFileSync(join(root, 'service.log'), 'utf8') : '');

  it('is told where its state is and which copy it is, and little else', async () => {
    process.env['SECRET_OF_THE_AGENT'] = 'x';
    await startProcess(launch('env; pwd; echo end; exec sleep 60'));
    delete process.env['SECRET_OF_THE_AGENT'];
    await eventually('its output', () => log().includes('end'));
    for (const line of [
      `STATE_DIRECTORY=${root}`,
      'COLDSLOT_EPOCH=3',
      'COLDSLOT_WORKLOAD=web',
      'COLDSLOT_SLED=sled1',
      root,
    ])
      assert.ok(log().split('\n').includes(line), line);
    assert.equal(log().includes('SECRET'), false);
  });

  it('is ended with everything it has started, also what left its session', async () => {
    const id = await startProcess(launch('sleep 60 & setsid sleep 61 & echo up; wait'));
    await eventually('all three', () => findCopies(marker, id).length === 3);
    assert.equal(await stopProcess(clock, marker, id, 10_000), 'ended');
    assert.deepEqual(findCopies(marker, id), []);
  });

  it('is killed when it does not end, and that is said', async () => {
    const id = await startProcess(launch(`trap '' TERM; echo up; while :; do sleep 0.05; done`));
    await eventually('it is up', () => log().includes('up'));
    assert.equal(await stopProcess(clock, marker, id, 60), 'did-not-end-in-time');
    assert.equal(isAlive(id), false);
  });

  it('stands still while paused, goes on, and can be ended while paused', async () => {
    const id = await startProcess(launch('trap "exit 0" TERM; while :; do echo .; sleep 0.01; done'));
    await eventually('it is up', () => log().length > 4);
    await pauseProcess(clock, marker, id);
    assert.ok(findCopies(marker, id).every((entry) => entry.state === 'T'));
    const length = log().length;
    await new Promise((resolve) => void setTimeout(resolve, 60)); // several turns of its loop
    assert.equal(log().length, length);
    continueProcess(marker, id);
    await eventually('it goes on', () => log().length > length);
    await pauseProcess(clock, marker, id);
    assert.equal(await stopProcess(clock, marker, id, 10_000), 'ended');
  });

  it('stands still though it starts one program after another', async () => {
    // dash starts them with vfork(2): stopped before its exec, the child would hold the shell where no signal reaches it
    const id = await startProcess(launch('echo up; while :; do /bin/true; done'));
    await eventually('it is up', () => log().includes('up'));
    for (let times = 0; times < 80; times++) {
      await pauseProcess(clock, marker, id);
      assert.ok(findCopies(marker, id).every((entry) => entry.state === 'T'));
      continueProcess(marker, id);
      for (let turns = times % 8; turns > 0; turns--) await new Promise((resolve) => void setImmediate(resolve));
    }
  });

  it('does not mistake another workload, sled or state root for its own', async () => {
    const id = await startProcess(launch('exec sleep 60'));
    for (const other of [{ workload: 'web2' }, { sled: 'sled2' }, { stateRoot: `${root}/x` }, { epoch: 4 }])
      assert.deepEqual(findCopies({ ...marker, ...other }, null), []);
    assert.deepEqual(
      findCopies({ ...marker, epoch: 3 }, null).map((entry) => entry.pid),
      [id.pid],
    );
    // a pid that was given anew says nothing about a session of that number
    assert.deepEqual(findCopies({ ...marker, sled: 'sled2' }, { ...id, startTicks: id.startTicks - 1 }), []);
  });

  it('is not started when the command cannot be run, and the reason is told', async () => {
    const missing = launch('');
    const spec = { ...missing.spec, command: '/nowhere/service' };
    await assert.rejects(startProcess({ ...missing, spec }), /does not exist on this sled/);
    await assert.rejects(
      startProcess({ ...launch('true'), stateDirectory: join(root, 'gone') }),
      /could not be started/,
    );
  });
});

describe('a service’s log', () => {
  it('is cut past its limit; the last part is kept beside it', async () => {
    const root = mkdtempSync(join(tmpdir(), 'coldslot-log-'));
    const file = join(root, 'service.log');
    await cutLog(file); // not there yet
    writeFileSync(file, 'short');
    await cutLog(file);
    assert.equal(readFileSync(file, 'utf8'), 'short');
    writeFileSync(file, `${'x'.repeat(MAX_LOG_BYTES)}the end`);
    await cutLog(file);
    assert.equal(statSync(file).size, 0);
    assert.equal(statSync(`${file}.1`).size, KEPT_LOG_BYTES);
    assert.ok(readFileSync(`${file}.1`, 'utf8').endsWith('the end'));
    rmSync(root, { recursive: true });
  });
});
