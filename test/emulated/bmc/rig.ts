// The machine with everything that a test wants of it: guardian and controller as services of its own, the broker and the
// feed on this side, chips and lines by name.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { fruImage, type SledIdentity } from '../../../hwsim/sleds/fru-image.ts';
import { nodeFlags } from '../../../scripts/launch/node-flags.ts';
import { TestBroker } from '../../agent/broker.ts';
import type { ArchiveEntry } from '../machine/cpio.ts';
import { Feed } from './feed.ts';
import type { BmcFiles } from './files.ts';
import { writeInitrd } from './initrd.ts';
import { BmcMachine, COMPILER } from './machine.ts';
import { chipArguments } from './machine-chips.ts';

const HERE = import.meta.dirname;
const BOARD = join(HERE, 'board.json');
const SCRIPTS = ['sweep', 'judge', 'edges'];
const C_PROGRAMS = ['sweep', 'pmbus-word'];
const FRU_BYTES = 8192; // a 24C64
const MUX = '1 pca9548 0x70';

export interface Memory {
  readonly pssKb: number;
  readonly rssKb: number;
  readonly anonymousKb: number;
}

export class Rig {
  readonly machine: BmcMachine;
  readonly feed: Feed;
  readonly #broker: TestBroker;
  readonly #folder: string;

  private constructor(machine: BmcMachine, feed: Feed, broker: TestBroker, folder: string) {
    this.machine = machine;
    this.feed = feed;
    this.#broker = broker;
    this.#folder = folder;
  }

  static async start(files: BmcFiles, sled: SledIdentity, lifeMs: number): Promise<Rig> {
    const folder = mkdtempSync(join(tmpdir(), 'coldslot-bmc-'));
    const broker = new TestBroker();
    try {
      await broker.open();
      const [initrd, fru] = [join(folder, 'initrd'), join(folder, 'fru.bin')];
      writeInitrd(initrd, files, { dist: bundles(), more: await ownFiles(folder), devices: [MUX] });
      writeFileSync(fru, Buffer.alloc(FRU_BYTES, 0xff).fill(fruImage(sled), 0, fruImage(sled).length));
      const { id } = JSON.parse(readFileSync(BOARD, 'utf8')) as { id: string };
      const feed = await Feed.open(broker.url(), id);
      const machine = await BmcMachine.boot(files, initrd, folder, chipArguments(fru, FRU_BYTES), lifeMs);
      return new Rig(machine, feed, broker, folder);
    } catch (error) {
      await broker.close();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get brokerUrl(): string {
    return this.#broker.url();
  }

  run(command: string, deadlineMs?: number): Promise<string> {
    return this.machine.run(command, deadlineMs);
  }

  /** Whether sled 1 is in its slot: its line is active low. */
  sled1Present(present: boolean): Promise<void> {
    return this.machine.qmp.set('/machine/soc/gpio', 'gpioN0', !present);
  }

  /** The same of sled 2, by pin 3 of the PCA9552. */
  async sled2Present(present: boolean): Promise<void> {
    // a released pin reads 1, one that is driven low 0; QEMU had that the wrong way round before version 9
    const driven = (await this.machine.qmp.version()) >= 9 ? present : !present;
    await this.machine.qmp.set('/machine/peripheral/leds', 'led3', driven ? 'on' : 'off');
  }

  /** Sets a temperature of a chip from outside, in thousandths of °C. */
  heat(chip: string, property: string, milliC: number): Promise<void> {
    return this.machine.qmp.set(`/machine/peripheral/${chip}`, property, milliC);
  }

  /** Seconds from the kernel's start to the process's, and to its first fan command. */
  async startGuardian(): Promise<{ readonly startS: number; readonly firstFansS: number }> {
    const guardian = './guardian --board board.json --socket /run/coldslot/guardian.sock';
    const stamp = 'read -r up _ </proc/uptime; echo "$up';
    await this.run(`mkdir -p /run/coldslot; rm -f /run/ready; mkfifo /run/ready`);
    const text = await this.run(
      `cd /app; (sh -c 'echo $$ >/run/guardian.pid; ${stamp} start"; exec taskset 1 ${guardian} 2>>/run/guardian.log' | ` +
        `while read -r line; do ${stamp} $line"; done; tail -n 5 /run/guardian.log) >/run/ready & head -n 2 /run/ready`,
    );
    const found = /^\S+ (\S+) start\n(\S+) \{"ready":true\}$/.exec(text);
    if (found === null) throw new Error(`the guardian said:\n${text}`);
    return { startS: Number(found[1]), firstFansS: Number(found[2]) };
  }

  /** From here on the guardian starts from a start-up snapshot. */
  async makeSnapshot(): Promise<void> {
    await this.run('cd /app; ./guardian snapshot board.json', 180_000);
  }

  async startedFrom(): Promise<'snapshot' | 'bundle'> {
    const words = (await this.run('tr "\\0" "\\n" </proc/$(cat /run/guardian.pid)/cmdline')).split('\n');
    return words.includes('--snapshot-blob') ? 'snapshot' : 'bundle';
  }

  /** Seconds that Node takes to start and end. */
  async bareNodeS(): Promise<number> {
    const text = await this.run('time taskset 1 node -e 0 2>&1');
    const [, minutes = '', seconds = ''] = /real\s+(\d+)m (\S+)s/.exec(text) ?? [];
    return Number(minutes) * 60 + Number(seconds);
  }

  async startController(): Promise<void> {
    const [port] = /\d+$/.exec(this.brokerUrl) ?? [];
    await this.run(
      `cd /app; sh -c 'echo $$ >/run/controller.pid; MALLOC_ARENA_MAX=1 exec taskset 2 node ${nodeFlags('controller').join(' ')} ` +
        `controller.mjs --board board.json --guardian /run/coldslot/guardian.sock --socket /run/coldslot/control.sock ` +
        `--state /run/coldslot/state --broker mqtt://10.0.2.2:${port}' >/run/controller.out 2>/run/controller.log &`,
    );
  }

  /** Ends it and waits until it has. */
  async stop(name: 'guardian' | 'controller'): Promise<void> {
    await this.signal(name, 'TERM');
    await this.run(`while [ -d /proc/$(cat /run/${name}.pid) ]; do usleep 50000; done`);
  }

  async signal(name: 'guardian' | 'controller', signal: string): Promise<void> {
    await this.run(`kill -${signal} $(cat /run/${name}.pid)`);
  }

  async memory(name: 'guardian' | 'controller'): Promise<Memory> {
    const text = await this.run(`cat /proc/$(cat /run/${name}.pid)/smaps_rollup`);
    const value = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]);
    return { pssKb: value('Pss'), rssKb: value('Rss'), anonymousKb: value('Anonymous') };
  }

  /** CPU seconds it has used so far, and the machine's uptime, read together. */
  async cpu(name: 'guardian' | 'controller'): Promise<{ readonly cpuS: number; readonly upS: number }> {
    const text = await this.run(`cat /proc/$(cat /run/${name}.pid)/stat /proc/uptime`);
    const [stat = '', uptime = ''] = text.split('\n');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]); // utime and stime (proc(5)), in hundredths of a second
    return { cpuS: ticks / 100, upS: Number(uptime.split(' ')[0]) };
  }

  /** FAN_COMMAND of a fan, or another word of its page, by a reader of its own while the guardian stands still. */
  async fanWord(page: number, command: number, write?: number): Promise<number> {
    const words = [0, 0x52, page, command, ...(write === undefined ? [] : [write])];
    return Number(await this.run(`/app/pmbus-word ${words.map((word) => word.toString(16)).join(' ')}`));
  }

  async end(): Promise<void> {
    await this.machine.end();
    await this.feed.close();
    await this.#broker.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The folder of the bundles, made if need be. */
function bundles(): string {
  const done = spawnSync(process.execPath, [join(HERE, '../../../scripts/build.mjs')], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`scripts/build.mjs failed:\n${done.stderr}`);
  return done.stdout.trim();
}

/** The board, the scripts and the C programs. */
async function ownFiles(folder: string): Promise<readonly ArchiveEntry[]> {
  await build({
    entryPoints: SCRIPTS.map((name) => join(HERE, 'inside', `${name}.ts`)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.11',
    external: ['i2c-bus', 'onoff'],
    logLevel: 'error',
  });
  for (const name of C_PROGRAMS) {
    const source = join(HERE, `${name}.c`);
    const done = spawnSync(COMPILER, ['-O2', '-Wall', '-static', '-o', join(folder, name), source], {
      encoding: 'utf8',
    });
    if (done.status !== 0) throw new Error(`${source} does not compile:\n${done.stderr}`);
  }
  return [
    { kind: 'copy', name: 'app/board.json', from: BOARD },
    ...SCRIPTS.map((name): ArchiveEntry => ({
      kind: 'copy',
      name: `app/${name}.mjs`,
      from: join(folder, `${name}.mjs`),
    })),
    ...C_PROGRAMS.map((name): ArchiveEntry => ({
      kind: 'copy',
      name: `app/${name}`,
      from: join(folder, name),
      runs: true,
    })),
  ];
}
