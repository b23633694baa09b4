// A tmux server of the test's own as a terminal of 80 × 24: keys in, what is on the screen out, and all bytes a program
// wrote to it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from './installed.ts';

export const COLUMNS = 80;
export const ROWS = 24;

export class Terminal {
  readonly #folder = mkdtempSync(join(tmpdir(), 'coldslot-terminal-'));

  constructor(cwd: string) {
    const shell = "env -u COLDSLOT_RUN PS1='$ ' bash --norc --noprofile";
    this.#tmux('new-session', '-d', '-x', String(COLUMNS), '-y', String(ROWS), '-c', cwd, shell);
    this.#tmux('pipe-pane', `cat >${join(this.#folder, 'written')}`);
  }

  /** Types a line. */
  line(text: string): void {
    this.#tmux('send-keys', '-l', text);
    this.#tmux('send-keys', 'Enter');
  }

  interrupt(): void {
    this.#tmux('send-keys', 'C-c');
  }

  /** The lines on the screen; those that were wrapped as one. */
  screen(): string[] {
    return this.#tmux('capture-pane', '-p', '-J')
      .split('\n')
      .map((line) => line.trimEnd());
  }

  /** Whether the program that runs in it uses the alternate screen. */
  isAlternate(): boolean {
    return this.#tmux('display-message', '-p', '#{alternate_on}').trim() === '1';
  }

  /** Whether the cursor is shown and lines wrap, as a shell expects it. */
  isOrdinary(): boolean {
    return this.#tmux('display-message', '-p', '#{cursor_flag} #{wrap_flag} #{alternate_on}').trim() === '1 1 0';
  }

  /** Everything that was written to it, control sequences and all. */
  written(): string {
    return readFileSync(join(this.#folder, 'written'), 'utf8');
  }

  end(): void {
    this.#tmux('kill-server');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #tmux(...args: readonly string[]): string {
    const socket = join(this.#folder, 'tmux'); // its own server, with nobody's configuration
    return execFileSync(programPath('tmux'), ['-S', socket, '-f', '/dev/null', '-u', ...args], { encoding: 'utf8' });
  }
}

/** The texts that were put at the beginning of a screen line, without colours. */
export function drawnLines(written: string): string[] {
  const colours = new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'g');
  const drawn = new RegExp(`${ESCAPE}\\[\\d+;1H([^${ESCAPE}]*)`, 'g');
  return [...written.replaceAll(colours, '').matchAll(drawn)].map(([, text = '']) => text);
}

const ESCAPE = '\u001b';
