// What chips with status registers say is wrong (PMBus STATUS words, NVMe's flags), as events: each condition when it
// appears and when it is over. Asked far less often than values are, a few chips a tick, and no tick waits for an answer.
//
//   not reported ──seen APPEARS_AFTER times──▶ reported ──not seen ENDS_AFTER times──▶ not reported
//
// A condition that flaps makes at most one event in HOLD_MS.
import type { ChipCondition, ConditionsAnswer } from '../chips/chip.ts';
import type { LogEntry } from '../sensing/event-log.ts';
import type { Expected } from '../sensing/polled-device.ts';

export const CONDITION_PERIOD_MS = 5000;
/** Answers in a row that must have a condition, and that must not have it. */
const APPEARS_AFTER = 2;
const ENDS_AFTER = 2;
/** Least time between two events of one condition. */
export const HOLD_MS = 60_000;
/** A chip that has not answered by then is asked again; its answer does not count any more. */
const GIVE_UP_MS = 3 * CONDITION_PERIOD_MS;

/** About our own questions rather than about what the chip watches: probing for commands leaves them behind. */
const OF_THE_QUESTIONS: ReadonlySet<string> = new Set(['busy', 'invalid-command', 'invalid-data']);

export interface WatchedChip {
  /** The board's name of the device. */
  readonly id: string;
  /** Slot whose sled carries it; null = part of the chassis. */
  readonly slot: number | null;
  readonly readConditions: () => Promise<ConditionsAnswer>;
}

interface Condition {
  readonly condition: ChipCondition;
  readonly reported: boolean;
  /** Answers in a row that speak against what is reported. */
  readonly against: number;
  readonly eventMs: number;
}

interface Watched {
  readonly chip: WatchedChip;
  dueMs: number;
  attempt: number;
  askedMs: number | null;
  conditions: ReadonlyMap<string, Condition>;
}

export class ConditionWatch {
  readonly #watched: readonly Watched[];
  readonly #report: (entry: LogEntry) => void;

  /** Chips are asked in turn, spread over the period; the first one after a whole period, when the sweep has found them. */
  constructor(chips: readonly WatchedChip[], nowMs: number, report: (entry: LogEntry) => void) {
    this.#report = report;
    this.#watched = chips.map((chip, index) => ({
      chip,
      dueMs: nowMs + CONDITION_PERIOD_MS * (1 + index / chips.length),
      attempt: 0,
      askedMs: null,
      conditions: new Map(),
    }));
  }

  /** Asks the chips whose turn it is; returns at once. What comes of it is reported when it comes. */
  ask(nowMs: number, expected: (chip: WatchedChip) => Expected): void {
    for (const watched of this.#watched) {
      if (expected(watched.chip) !== 'present') forget(watched);
      else if (nowMs >= watched.dueMs) {
        const turns = Math.floor((nowMs - watched.dueMs) / CONDITION_PERIOD_MS) + 1;
        watched.dueMs += turns * CONDITION_PERIOD_MS; // keeps its place among the others
        if (watched.askedMs === null || nowMs - watched.askedMs >= GIVE_UP_MS) void this.#ask(watched, nowMs);
      }
    }
  }

  async #ask(watched: Watched, nowMs: number): Promise<void> {
    const attempt = ++watched.attempt;
    watched.askedMs = nowMs;
    const answer = await watched.chip.readConditions();
    if (attempt !== watched.attempt) return; // the sled has been pulled, or it took too long
    watched.askedMs = null;
    if (answer.kind === 'ok') this.#take(watched, answer.conditions, nowMs); // that it cannot be read is the sweep's to tell
  }

  #take(watched: Watched, seen: readonly ChipCondition[], nowMs: number): void {
    const now = new Map(
      seen.filter(({ name }) => !OF_THE_QUESTIONS.has(name)).map((condition) => [keyOf(condition), condition]),
    );
    const next = new Map<string, Condition>();
    for (const [key, condition] of new Map([...[...watched.conditions].map(both), ...now])) {
      const before = watched.conditions.get(key) ?? { condition, reported: false, against: 0, eventMs: -Infinity };
      const after = stepCondition(before, now.has(key), nowMs);
      if (after.reported !== before.reported) this.#report(eventOf(watched.chip, after));
      const forgotten = !after.reported && !now.has(key) && nowMs - after.eventMs >= HOLD_MS;
      if (!forgotten) next.set(key, after);
    }
    watched.conditions = next;
  }
}

function both([key, { condition }]: readonly [string, Condition]): readonly [string, ChipCondition] {
  return [key, condition];
}

function stepCondition(before: Condition, isThere: boolean, nowMs: number): Condition {
  if (isThere === before.reported) return { ...before, against: 0 };
  const against = before.against + 1;
  const needed = before.reported ? ENDS_AFTER : APPEARS_AFTER;
  if (against < needed || nowMs - before.eventMs < HOLD_MS) return { ...before, against };
  return { ...before, reported: isThere, against: 0, eventMs: nowMs };
}

/** An empty or dark slot says nothing, and the next sled starts anew. */
function forget(watched: Watched): void {
  watched.attempt++;
  watched.askedMs = null;
  watched.conditions = new Map();
}

function keyOf({ page, name }: ChipCondition): string {
  return `${page} ${name}`;
}

function eventOf({ id, slot }: WatchedChip, { condition, reported }: Condition): LogEntry {
  const { page, name } = condition;
  const where = page === 0 ? id : `${id}, page ${page}`;
  return {
    severity: reported ? severityOf(name) : 'info',
    source: `device/${id}`,
    code: reported ? name : `${name}-over`,
    text: `${where}: ${name}${reported ? '' : ' is over'}`,
    data: { device: id, page, condition: name, ...(slot === null ? {} : { slot }) },
  };
}

/** Faults have consequences in the part; the rest are warnings of them. */
function severityOf(name: string): 'warning' | 'critical' {
  return name.endsWith('-fault') || name === 'failed' || name === 'power-not-good' ? 'critical' : 'warning';
}
