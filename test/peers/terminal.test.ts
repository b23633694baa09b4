// scripts/start as a person sees it, in a terminal of 80 × 24.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../hwsim/child-process.ts';
import { PROJECT } from '../simulation/program.ts';
import { killNow, processesOf } from '../simulation/run-processes.ts';
import { step } from '../simulation/steps.ts';
import { skipWithout } from './installed.ts';
import { COLUMNS, drawnLines, ROWS, Terminal } from './terminal.ts';

const SLEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const FANS = 3;
const CARD_TEMPERATURE = /│ +\d+\.\d °C +[+-]\d+\.\d K/g;
const FAN = /\bfan\d [█░]+ +\d+ % \d+\/\d+/g;
const COURSE_MS = 60_000;

describe('scripts/start in a terminal of 80 × 24', () => {
  it(
    'shows the chassis, tells why work moves, and gives the terminal back',
    { skip: skipWithout('tmux') },
    async (test) => {
      const folder = mkdtempSync(join(tmpdir(), 'coldslot-peer-'));
      const run = join(folder, 'run');
      const terminal = new Terminal(PROJECT);
      try {
        terminal.line(`echo before; scripts/start --speed 10 --run ${run}; echo status $?`);
        await step(test, 'eight slots and the fans', () => showsChassis(terminal));
        await step(test, 'the reason of the plan in words, and the Move', () => showsMove(terminal));
        await step(test, 'every line is as wide as the screen', async () => linesFit(terminal));
        await step(test, 'Ctrl-C ends it: the old screen, the comparison, the summary, status 0', () => ends(terminal));
        await step(test, 'no process of it is left', async () => assert.deepEqual(processesOf(folder), []));
      } catch (error) {
        console.error(terminal.screen().join('\n'));
        throw error;
      } finally {
        terminal.end();
        for (const pid of processesOf(folder)) killNow(pid);
        rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      }
    },
  );
});

async function showsChassis(terminal: Terminal): Promise<void> {
  await until('the live view', () => terminal.isAlternate(), COURSE_MS);
  const isWhole = () => {
    const text = terminal.screen().join('\n');
    const cards = SLEDS.every((slot) => new RegExp(`╭ ${slot} sled${slot} .*(ok|warm|hot) ─╮`).test(text));
    return cards && matches(text, CARD_TEMPERATURE) === SLEDS.length && matches(text, FAN) === FANS;
  };
  await until('eight slots and the fans', isWhole);
  const screen = terminal.screen();
  assert.ok(screen.length <= ROWS + 1, `${screen.length} lines`);
  assert.match(screen[0] ?? '', /coldslot .*W/);
  assert.match(screen.join('\n'), /Ctrl-C ends/);
}

function matches(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** The hot slot of the default course is slot 6. */
async function showsMove(terminal: Terminal): Promise<void> {
  const reason = /slot 6 .*°C.*; moving \S+ \([\d.]+ W\) to slot \d lowers it by [\d.]+ K/;
  await until('the reason', () => reason.test(inOneLine(terminal)), COURSE_MS);
  await until('the Move to be done', () => /\S+ +slot 6 → \d .*done/.test(inOneLine(terminal)), COURSE_MS);
  assert.equal(terminal.isAlternate(), true);
}

/** Words that were broken over lines, together again. */
function inOneLine(terminal: Terminal): string {
  return terminal.screen().join(' ').replaceAll(/\s+/g, ' ');
}

function linesFit(terminal: Terminal): void {
  const lines = drawnLines(terminal.written());
  assert.ok(lines.length > ROWS, 'the whole screen was drawn');
  for (const line of lines) assert.equal(line.length, COLUMNS, JSON.stringify(line));
}

async function ends(terminal: Terminal): Promise<void> {
  terminal.interrupt();
  await until('the status', () => terminal.screen().some((line) => line.startsWith('status ')), 20_000);
  const lines = terminal.screen().filter((line) => line !== '');
  assert.ok(terminal.isOrdinary(), 'cursor, wrapping and screen are as they were');
  assert.ok(lines.includes('before'), 'what stood there before is there again');
  const [summary = '', status, prompt] = lines.slice(-3);
  assert.deepEqual([status, prompt], ['status 0', '$']);
  const { moves, overLimitS, plantSeconds } = JSON.parse(summary) as Summary;
  assert.ok(moves.done >= 1 && plantSeconds > 0 && overLimitS >= 0, summary);
  const comparison = lines.findIndex((line) => /this run +\| nothing moved/.test(line));
  assert.ok(comparison > 0 && comparison < lines.length - 3, lines.join('\n'));
  for (const name of ['hottest slot', 'time over limit', 'fan energy', 'moves']) {
    assert.ok(
      lines.slice(comparison).some((line) => line.startsWith(name)),
      name,
    );
  }
}

interface Summary {
  readonly moves: { readonly done: number; readonly undone: number };
  readonly overLimitS: number;
  readonly plantSeconds: number;
}
