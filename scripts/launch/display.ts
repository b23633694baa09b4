// What the person who ran scripts/start sees: the live view on a terminal, plain lines elsewhere, JSON log lines when
// headless.
import type { ChassisView } from '../../src/core/view.ts';
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
  return process.stdout.isTTY ? terminalDisplay() : plainDisplay();
}

/** Log lines of all parts as JSON on standard error. */
function headlessDisplay(): Display {
  const write = (record: object) => void process.stderr.write(`${JSON.stringify(record)}\n`);
  return {
    onView: () => {},
    onReport: ({ type: _type, ...report }) => write({ level: 20, time: Date.now(), name: 'plant', report }),
    say: (text) => write({ level: 30, time: Date.now(), name: 'start', msg: text }),
    log: (name, line) => {
      if (line.startsWith('{')) process.stderr.write(`${line}\n`);
      else write({ level: 40, time: Date.now(), name, msg: line });
    },
    end: () => {},
  };
}

const PLAIN_STATE_MS = 10_000;

function plainDisplay(): Display {
  let lastEvent = 0;
  let lastStateMs = 0;
  return {
    onView: (view) => {
      for (const event of view.events) {
        if (event.id <= lastEvent) continue;
        lastEvent = event.id;
        console.log(eventLine(event));
      }
      if (performance.now() - lastStateMs < PLAIN_STATE_MS) return;
      lastStateMs = performance.now();
      console.log(stateLine(view));
    },
    onReport: () => {},
    say: (text) => console.log(text),
    log: () => {},
    end: () => {},
  };
}

function terminalDisplay(): Display {
  const screen = new Screen(process.stdout, process.env['NO_COLOR'] === undefined);
  let last: ChassisView | null = null;
  let footer = '';
  const draw = () => {
    if (last === null) return;
    const size = { columns: process.stdout.columns, rows: process.stdout.rows };
    screen.draw(liveView(last, size, ` Ctrl-C ends  ${footer}`));
  };
  const onResize = () => {
    screen.invalidate();
    draw();
  };
  process.stdout.on('resize', onResize);
  return {
    onView: (view) => {
      last = view;
      draw();
    },
    onReport: () => {},
    say: (text) => {
      if (last === null) console.log(text);
      else footer = text;
      draw();
    },
    log: () => {},
    end: () => {
      process.stdout.off('resize', onResize);
      screen.leave();
    },
  };
}
