// An AST2600 evaluation board in QEMU: boots, carries out commands over its serial line, and has its chips' temperatures
// and its GPIO lines moved over QMP. It ends when its watchdog bites.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild, until, type Child } from '../../hwsim/child-process.ts';
import { Qmp } from '../machine/qmp.ts';
import type { BmcFiles } from './files.ts';
import { READY } from './initrd.ts';

export const QEMU = 'qemu-system-arm';
export const COMPILER = 'arm-linux-gnueabihf-gcc';

const MEMORY = '512M';
const BOOT_MS = 120_000;
const COMMAND_MS = 60_000;

export class BmcMachine {
  readonly qmp: Qmp;
  /** Exit status of QEMU, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  readonly #qemu: Child;
  /** How much of the console has been read. */
  #read: number;
  #number = 0;

  private constructor(qemu: Child, qmp: Qmp) {
    this.#qemu = qemu;
    this.qmp = qmp;
    this.ended = qemu.ended;
    this.#read = qemu.text().length;
  }

  /** Resolves when it takes commands. @param chips `-device` and `-drive` arguments */
  static async boot(
    files: BmcFiles,
    initrd: string,
    folder: string,
    chips: readonly string[],
    lifeMs: number,
  ): Promise<BmcMachine> {
    const socket = join(folder, 'qmp.sock');
    const errors = openSync(join(folder, 'qemu.err'), 'w'); // not among the lines of the console
    const parameters = [
      ...[
        '-M',
        'ast2600-evb',
        '-m',
        MEMORY,
        '-accel',
        'tcg,thread=multi',
        '-nodefaults',
        '-display',
        'none',
        '-no-reboot',
      ],
      ...['-serial', 'stdio', '-kernel', files.kernel.image, '-initrd', initrd, '-dtb', files.deviceTree],
      ...[
        '-append',
        'console=ttyS4,115200 quiet panic=-1',
        '-nic',
        'user',
        '-qmp',
        `unix:${socket},server=on,wait=off`,
      ],
      ...chips,
    ];
    const qemu = startChild(QEMU, parameters, { stdio: ['pipe', 'pipe', errors] });
    closeSync(errors);
    const life = setTimeout(() => void qemu.kill('SIGKILL'), lifeMs);
    void qemu.ended.then(() => clearTimeout(life));
    try {
      await until('the machine to boot', () => running(qemu) && qemu.text().includes(READY), BOOT_MS);
      return new BmcMachine(qemu, await Qmp.open(socket));
    } catch (error) {
      await qemu.kill('SIGKILL');
      throw new Error(
        `${(error as Error).message}; its console:\n${readFileSync(join(folder, 'qemu.err'), 'utf8')}${qemu.text()}`,
        { cause: error },
      );
    }
  }

  /** What the command printed. @throws when it ends with another status than 0, or not in time; one at a time */
  async run(command: string, deadlineMs = COMMAND_MS): Promise<string> {
    const number = ++this.#number;
    const end = new RegExp(`^@@${number} (\\d+)$`, 'm');
    this.#qemu.process.stdin?.write(`${number} ${command}\n`);
    const found = await until(
      `“${command}” in the machine`,
      () => running(this.#qemu) && end.exec(this.#unread()),
      deadlineMs,
    ).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; its console:\n${this.#unread()}`, { cause: error });
    });
    const text = this.#unread().slice(0, found.index);
    this.#read += found.index + found[0].length + 1;
    if (found[1] !== '0') throw new Error(`“${command}” ended with ${found[1]}:\n${text}`);
    return text.trim();
  }

  /** Its whole console. */
  text(): string {
    return this.#qemu.text();
  }

  /** Also when it has ended already. */
  async end(): Promise<void> {
    this.qmp.close();
    await this.#qemu.kill('SIGKILL');
  }

  #unread(): string {
    return this.#qemu.text().slice(this.#read);
  }
}

/** @throws when it has ended */
function running(qemu: Child): true {
  const { exitCode, signalCode } = qemu.process;
  if (exitCode === null && signalCode === null) return true;
  throw new Error(`QEMU ended with ${exitCode ?? signalCode}`);
}

/** For `skip`: programs that are not installed. */
export function missingPrograms(): readonly string[] {
  return [QEMU, COMPILER].filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
}
