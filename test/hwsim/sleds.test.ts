// Real processes on simulated sleds: found, measured, killed with the sled's power, started again.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { realClock } from '../../src/core/clock.ts';
import { parseScenario } from '../../hwsim/scenario.ts';
import { counterViolations } from '../../hwsim/sleds/counter-check.ts';
import { CpuMeter } from '../../hwsim/sleds/cpu-meter.ts';
import { Fleet } from '../../hwsim/sleds/fleet.ts';
import { cpuSeconds, isAlive, readStat } from '../../hwsim/sleds/proc.ts';
import { sledFiles } from '../../hwsim/sleds/sled-files.ts';
import { SledHost } from '../../hwsim/sleds/sled-host.ts';
import { SledProcesses } from '../../hwsim/sleds/sled-processes.ts';
import { sampleChassis } from './sample-chassis.ts';
import { startNode, until, type Child } from './child-process.ts';

let directory = '';
const children: Child[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sleds-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) await child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

function run(script: string, environment: NodeJS.ProcessEnv = {}): Child {
  const child = startNode(['-e', script], { env: { ...process.env, ...environment } });
  children.push(child);
  return child;
}

/** On a line on standard input burns 300 ms of CPU time, by its own account, and says so. */
const burnOnDemand = `
  process.stdin.on('data', () => {
    const from = process.cpuUsage();
    const used = () => { const { user, system } = process.cpuUsage(from); return user + system; };
    while (used() < 300000);
    console.log('burned');
  });
  console.log('up');`;

describe('a stat line', () => {
  it('is read past a name with spaces and parentheses', async () => {
    const child = run(`process.title = 'a) R 1 (b'; ${burnOnDemand}`);
    await child.shows(/up/);
    assert.equal(readStat(child.pid)?.parentPid, process.pid);
  });

  it('is none for a process that has ended', async () => {
    const child = run('');
    await child.ended;
    assert.equal(readStat(child.pid), null);
    assert.equal(cpuSeconds(child.pid), null);
  });
});

describe('the CPU meter', () => {
  it('counts what a process of the sled burns, and nothing of others or of the agent', async () => {
    const processes = new SledProcesses('this-run');
    processes.addSled('sled1', join(directory, 'sled1'));
    const member = run(burnOnDemand, { COLDSLOT_RUN: 'this-run', COLDSLOT_SLED: 'sled1' });
    const byState = run(burnOnDemand, { STATE_DIRECTORY: join(directory, 'sled1', 'web-1') });
    const agent = run(burnOnDemand, { COLDSLOT_RUN: 'this-run', COLDSLOT_SLED: 'sled1' });
    const otherRun = run(burnOnDemand, { COLDSLOT_RUN: 'another-run', COLDSLOT_SLED: 'sled1' });
    const all = [member, byState, agent, otherRun];
    processes.setAgent('sled1', agent.pid);
    for (const child of all) await child.shows(/up/);
    const meter = new CpuMeter(processes, realClock(), { startUpS: 0 });
    await meter.sample();
    for (const child of all) child.process.stdin?.write('go\n');
    for (const child of all) await child.shows(/burned/);
    await meter.sample();
    // two members of 0.3 s each; a little more for what a process does around it
    assert.ok(meter.totalS('sled1') >= 0.58 && meter.totalS('sled1') < 0.8, `${meter.totalS('sled1')} s`);
    assert.ok(meter.cores('sled1') > 0);
    await member.kill('SIGKILL');
    await meter.sample();
    assert.deepEqual(
      processes.workload('sled1').map(({ pid }) => pid),
      [byState.pid],
    );
  });

  it('does not count a process’s start-up', async () => {
    const processes = new SledProcesses('this-run');
    processes.addSled('sled1', join(directory, 'sled1'));
    const child = run(burnOnDemand, { COLDSLOT_RUN: 'this-run', COLDSLOT_SLED: 'sled1' });
    await child.shows(/up/);
    const meter = new CpuMeter(processes, realClock(), { startUpS: 3600 });
    await meter.sample();
    child.process.stdin?.write('go\n');
    await child.shows(/burned/);
    await meter.sample();
    assert.equal(meter.totalS('sled1'), 0);
  });
});

/**
 * Stands in for an agent: starts each service of its configuration once, detached so that the work outlives it; on
 * SIGTERM ends it. Leaves its own pid and the works' in its state root.
 */
const standInAgent = `
  const fs = require('fs'), path = require('path'), { spawn } = require('child_process');
  const config = JSON.parse(fs.readFileSync(process.argv[process.argv.indexOf('--config') + 1], 'utf8'));
  const works = [];
  // before anything says that it is there, and whole or not at all: who waits for a file goes on at once
  process.on('SIGTERM', () => {
    const ended = works.map((work) => new Promise((resolve) => { work.on('exit', resolve); work.kill('SIGTERM'); }));
    Promise.all(ended).then(() => process.exit(0));
  });
  const say = (file, pid) => {
    fs.writeFileSync(file + '.new', String(pid));
    fs.renameSync(file + '.new', file);
  };
  say(path.join(config.stateRoot, 'agent.pid'), process.pid);
  for (const service of config.services) {
    const state = path.join(config.stateRoot, service.id);
    fs.mkdirSync(state, { recursive: true });
    const env = { PATH: process.env.PATH, STATE_DIRECTORY: state, COLDSLOT_EPOCH: '1', ...service.environment };
    const work = spawn(service.command, service.args, { env, stdio: 'ignore', detached: true });
    works.push(work);
    say(path.join(state, 'pid'), work.pid);
  }
  setInterval(() => {}, 1000);`;

function readPid(file: string): number | null {
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) || null : null;
}

describe('a sled host', () => {
  function makeHost(log: string[]) {
    const agentFile = join(directory, 'agent.cjs');
    writeFileSync(agentFile, standInAgent);
    const stateRoot = join(directory, 'state');
    mkdirSync(stateRoot);
    const services = [
      { id: 'idle', command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'], environment: {} },
    ];
    const configFile = join(directory, 'agent.json');
    writeFileSync(configFile, JSON.stringify({ stateRoot, services }));
    const processes = new SledProcesses(directory);
    processes.addSled('sled1', stateRoot);
    const environment = { ...process.env, COLDSLOT_RUN: directory, COLDSLOT_SLED: 'sled1' };
    const launch = {
      sled: 'sled1',
      command: [process.execPath, agentFile] as const,
      configFile,
      environment,
      logFile: join(directory, 'agent.log'),
    };
    const host = new SledHost(launch, processes, realClock(), (text) => log.push(text));
    const agentPid = () => readPid(join(stateRoot, 'agent.pid'));
    const workPid = () => readPid(join(stateRoot, 'idle', 'pid'));
    return { host, agentPid, workPid };
  }

  const lives = (pid: number | null) => pid !== null && readStat(pid) !== null;

  it('kills agent and work with the power, and starts them again', async () => {
    const { host, agentPid, workPid } = makeHost([]);
    try {
      await host.powerOn();
      const work = await until('the work', workPid);
      const agent = agentPid();
      assert.ok(lives(agent) && lives(work));
      await host.cutPower();
      assert.ok(!lives(agent) && !lives(work));
      await host.powerOn();
      await until('another work', () => workPid() !== work && lives(workPid()));
    } finally {
      await host.end();
    }
    assert.ok(!lives(agentPid()) && !lives(workPid()));
  });

  it('starts an agent again that died by itself, and still finds the work it left', async () => {
    const log: string[] = [];
    const { host, agentPid, workPid } = makeHost(log);
    try {
      await host.powerOn();
      const orphan = await until('the work', workPid);
      const agent = await until('the agent', agentPid);
      process.kill(agent, 'SIGKILL');
      await until('another agent', () => agentPid() !== agent && lives(agentPid()));
      assert.match(log.join('\n'), /agent of sled1 ended with SIGKILL; starting it again/);
      await until('another work', () => workPid() !== orphan);
      assert.ok(lives(orphan)); // the stand-in does not adopt
      await host.cutPower();
      assert.ok(!lives(orphan) && !lives(agentPid()) && !lives(workPid()));
    } finally {
      await host.end();
    }
  });

  it('does not start a sled again that was switched off meanwhile', async () => {
    const { host, agentPid } = makeHost([]);
    await host.powerOn();
    const agent = await until('the agent', agentPid);
    process.kill(agent, 'SIGKILL');
    await until('its end', () => !lives(agent));
    await host.cutPower();
    await new Promise((resolve) => void setTimeout(resolve, 1500));
    assert.equal(agentPid(), agent);
  });
});

describe('a fleet', () => {
  const workload = (id: string, cores: number) => ({
    id,
    cores,
    memoryMiB: 1,
    demand: { cpu: 1, memoryGiB: 1 },
    moveCostJ: 100,
    pinned: false,
    allowedSlots: null,
  });
  const sled = (slot: number, workloads: object[]) => ({
    slot,
    id: `sled${slot}`,
    model: 'Test sled',
    capacity: { cpu: 4, memoryGiB: 8 },
    workloads,
  });
  const scenario = parseScenario(
    JSON.stringify({
      format: 'coldslot-scenario/1',
      name: 'fleet',
      text: 'Two sleds.',
      wattsPerCore: 1000,
      sleds: [sled(1, [workload('busy', 0.1)]), sled(2, [workload('lazy', 0)])],
      steps: [],
      expect: [],
    }),
    'fleet.json',
  );

  it('runs real work, heats slots by its measured CPU time, and pulls the plug on it', async () => {
    const agentFile = join(directory, 'agent.cjs');
    writeFileSync(agentFile, standInAgent);
    const burner = join(directory, 'burner.mjs');
    const { buildSync } = await import('esbuild');
    const entry = new URL('../../hwsim/sleds/burner.ts', import.meta.url).pathname;
    buildSync({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', outfile: burner });
    const { chassis, plant } = sampleChassis();
    const loadW = new Map<number, number>();
    plant.setSlotLoadPower = (slot, powerW) => void loadW.set(slot, powerW);
    const settings = {
      runDirectory: directory,
      chassis: 'sample',
      broker: 'mqtt://127.0.0.1:1',
      controllerKeyFile: join(directory, 'key.pem'),
      burner,
    };
    const clock = realClock();
    const fleet = new Fleet({
      settings,
      scenario,
      chassis,
      agentCommand: [process.execPath, agentFile],
      clock,
      log: () => {},
    });
    const { configFile, stateRoot } = sledFiles(directory, 'sled1');
    try {
      const config = JSON.parse(readFileSync(configFile, 'utf8'));
      assert.equal(config.format, 'coldslot-agent/1');
      assert.equal(config.services[0].health.at(-1), '--health');
      await fleet.start();
      const pid = await until('the work', () => readPid(join(stateRoot, 'busy', 'pid')));
      const stat = readStat(pid);
      assert.ok(stat !== null);
      await until('heat', () => (loadW.get(1) ?? 0) > 40 && (loadW.get(2) ?? 0) < (loadW.get(1) ?? 0));
      fleet.setLoad('busy', 0);
      await until('less heat', () => (loadW.get(1) ?? 100) < 35);
      chassis.bay(1).pull();
      await until('the end of the work', () => !isAlive(stat));
      chassis.bay(1).push();
      await until('new work', () => readPid(join(stateRoot, 'busy', 'pid')) !== pid);
      const before = Number(readFileSync(join(stateRoot, 'busy', 'count'), 'utf8'));
      await until('counting', () => Number(readFileSync(join(stateRoot, 'busy', 'count'), 'utf8')) > before);
      assert.deepEqual(counterViolations([readFileSync(join(stateRoot, 'busy', 'counter.log'), 'utf8')]), []);
      assert.throws(() => fleet.setLoad('nothing', 1), /no such workload/);
    } finally {
      await fleet.end();
    }
    assert.equal(existsSync(join(stateRoot, 'busy', 'lock')), false); // ended in order
  });
});
