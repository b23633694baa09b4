// The live view as a person sees it: scripts/start in a terminal of 80 columns and 24 lines, which is tmux here.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../hwsim/child-process.ts';
import { builtFolder, PROJECT } from '../simulation/program.ts';
import { pause } from '../simulation/running-chassis.ts';
import { killNow, processesOf } from '../simulation/run-processes.ts';
import { missing, runPeer } from './peer.ts';

const COLUMNS = 80;
const LINES = 24;
const SHOW_MS = 60_000;

const skip = missing('tmux');

describe('scripts/start in a terminal', () => {
  it(
    'shows slots, fans and why work moves, on 80 × 24; Ctrl-C gives the terminal back with a summary',
    { skip },
    async () => {
      builtFolder(); // so that the time to build is not waited for below
      const folder = mkdtempSync(join(tmpdir(), 'coldslot-terminal-'));
      const terminal = new Terminal(join(folder, 'tmux.sock'));
      const ended = join(folder, 'ended');
      try {
        const start = `${PROJECT}/scripts/start --speed 10 --run ${folder}/run`;
        await terminal.open(`${start}; echo $? >${ended}; exec sleep 600`);
        await terminal.shows('eight slots and three fans', (text) => {
          const slots = [1, 2, 3, 4, 5, 6, 7, 8].every((n) =>
            new RegExp(`${n} sled${n}\\b.*\\d+\\.\\d °C`, 's').test(text),
          );
          return slots && ['fan0', 'fan1', 'fan2'].every((fan) => new RegExp(`${fan} .*\\d+ %`).test(text));
        });
        assert.equal(await terminal.ask('#{alternate_on}'), '1', 'the view has a screen of its own');
        assertFits(await terminal.lines());

        await terminal.shows('the reason of a plan', (text) => /plan\s+slot 6 .*moving/s.test(text));
        const [, workload] = /moving\s+(\S+) /.exec(await terminal.text()) ?? [];
        assert.ok(['train-1', 'render-1', 'encode-1'].includes(workload ?? ''), `work of slot 6 moves: ${workload}`);
        await terminal.shows('a Move that is done', (text) => /slot 6 → [1-8] .*done/.test(text));
        assertFits(await terminal.lines());

        await runPeer('tmux', [...terminal.on, 'send-keys', 'C-c']);
        await until('the end', () => existsSync(ended) && readFileSync(ended, 'utf8') === '0\n');
        const text = (await terminal.text()).replaceAll('\n', '');
        assert.match(text, /\{"settled":(true|false),"moves":\{"done":[1-9]\d*,"undone":0\},"peakC":.*\}/);
        assert.match(text, /hottest slot/, 'beside the same course without Moves');
        assert.equal(await terminal.ask('#{alternate_on} #{cursor_flag}'), '0 1', 'screen and cursor are given back');
        assert.deepEqual(processesOf(join(folder, 'run')), []);
      } finally {
        await terminal.close();
        for (const pid of processesOf(join(folder, 'run'))) killNow(pid);
        rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      }
    },
  );
});

/** A tmux server of the test's own. */
class Terminal {
  readonly on: readonly string[];

  constructor(socket: string) {
    this.on = ['-S', socket, '-f', '/dev/null'];
  }

  async open(command: string): Promise<void> {
    const size = ['-x', String(COLUMNS), '-y', String(LINES)];
    await runPeer('tmux', [...this.on, '-u', 'new-session', '-d', ...size, command]);
  }

  async ask(format: string): Promise<string> {
    return (await runPeer('tmux', [...this.on, 'display-message', '-p', format])).trim();
  }

  /** What is on the screen; with -J a line that was wrapped is one again, and too long. */
  async lines(): Promise<string[]> {
    const screen = await runPeer('tmux', [...this.on, 'capture-pane', '-p', '-J']);
    return screen.split('\n').slice(0, -1);
  }

  async text(): Promise<string> {
    return (await this.lines()).join('\n');
  }

  /** Looks until the text is right. */
  async shows(what: string, isRight: (text: string) => boolean): Promise<void> {
    const endMs = performance.now() + SHOW_MS;
    for (let text = await this.text(); !isRight(text); text = await this.text()) {
      if (performance.now() > endMs) throw new Error(`waited in vain for ${what}:\n${text}`);
      await pause(50);
    }
  }

  async close(): Promise<void> {
    await runPeer('tmux', [...this.on, 'kill-server']);
  }
}

function assertFits(lines: readonly string[]): void {
  assert.ok(lines.length <= LINES, `${lines.length} lines`);
  for (const line of lines) {
    // every character of the view is one column wide and one UTF-16 unit long
    assert.ok(line.trimEnd().length <= COLUMNS, `longer than ${COLUMNS}: ${line}`);
  }
  assert.ok((lines[0] ?? '').includes('coldslot'), 'the first line was not scrolled away');
}
