// What the person who ran scripts/start sees: the live view on a terminal, plain lines elsewhere, JSON log lines when
// headless. After `end` nothing more is shown, for the summary is the last line.
import type { ChassisView, EventRecord } from '../../src/core/view.ts';
import { liveView } from '../../src/surfaces/console/live-view.ts';
import { eventLine, stateLine } from '../../src/surfaces/console/plain-view.ts';
import { Screen } from '../../src/surfaces/console/screen.ts';
import type { SimReport } from './report.ts';

export interface Display {
  onView(view: ChassisView): void;
  onReport(report: SimReport): void;
  say(text: string): void;
  log(name: string, line: string): void;
  end(): void;
}

export function makeDisplay(headless: boolean): Display {
  if (headless) return headlessDisplay();
  return process.stdout.isTTY ? terminalDisplay(process.stdout) : plainDisplay();
}

/** Log lines of all parts as JSON on standard error. */
function headlessDisplay(): Display {
  const write = (record: object) => void process.stderr.write(`${JSON.stringify(record)}\n`);
  return {
    onView: () => {},
    onReport: ({ type: _type, ...report }) => write({ level: 20, time: Date.now(), name: 'plant', report }),
    say: (text) => write({ level: 30, time: Date.now(), name: 'start', msg: text }),
    log: (name, line) => write(logRecord(name, line)),
    end: () => {},
  };
}

/** A part's log line under the name it has here: of guardian and simulator there are two. */
export function logRecord(name: string, line: string, nowMs = Date.now()): object {
  try {
    const record: unknown = JSON.parse(line);
    if (typeof record === 'object' && record !== null) return name.startsWith('twin-') ? { ...record, name } : record;
  } catch {
    // words of node itself, or of a part that refuses its arguments
  }
  return { level: 40, time: nowMs, name, msg: line };
}

const PLAIN_STATE_MS = 10_000;

function plainDisplay(): Display {
  const events = new EventFeed();
  let stateShownMs = -Infinity;
  let isOver = false;
  return {
    onView: (view) => {
      if (isOver) return;
      for (const event of events.news(view)) console.log(eventLine(event));
      if (performance.now() - stateShownMs < PLAIN_STATE_MS) return;
      stateShownMs = performance.now();
      console.log(stateLine(view));
    },
    onReport: () => {},
    say: (text) => {
      if (!isOver) console.log(text);
    },
    log: () => {},
    end: () => {
      isOver = true;
    },
  };
}

/** The events of a view that no earlier one had. A controller that was started again numbers them from 1. */
class EventFeed {
  #startedAt = '';
  #lastId = 0;

  news(view: ChassisView): EventRecord[] {
    if (view.startedAt !== this.#startedAt) this.#lastId = 0;
    this.#startedAt = view.startedAt;
    const news = view.events.filter((event) => event.id > this.#lastId);
    this.#lastId = news.at(-1)?.id ?? this.#lastId;
    return news;
  }
}

function terminalDisplay(terminal: NodeJS.WriteStream): Display {
  const wantsColour = (process.env['NO_COLOR'] ?? '') === ''; // no-color.org
  const screen = new Screen(terminal, wantsColour);
  let last: ChassisView | null = null;
  let footer = '';
  let isOver = false;
  const draw = () => {
    if (last === null || isOver) return;
    // a terminal that does not tell its size has 0
    const size = { columns: terminal.columns || 80, rows: terminal.rows || 24 };
    screen.draw(liveView(last, size, `Ctrl-C ends  ${footer}`));
  };
  const onResize = () => {
    screen.invalidate();
    draw();
  };
  terminal.on('resize', onResize);
  return {
    onView: (view) => {
      last = view;
      draw();
    },
    onReport: () => {},
    say: (text) => {
      footer = text;
      if (last === null && !isOver) console.log(text);
      draw();
    },
    log: () => {},
    end: () => {
      isOver = true;
      terminal.off('resize', onResize);
      screen.leave();
    },
  };
}
