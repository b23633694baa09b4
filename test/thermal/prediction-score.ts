// Learns on a rig for some hours, then scores predictions ten minutes ahead for some more:
//   replayed   the model's own: driven by the powers, speeds and ambient that really came
//   published  as with the slot's state: made with what was known, nothing of what came later
//   board      the board's word without learning, driven as `replayed`
import type { Board } from '../../src/board/schema.ts';
import { ModelTracker } from '../../src/controller/model-tracker.ts';
import { SlotForecast } from '../../src/controller/slot-forecast.ts';
import { valueOrNull } from '../../src/core/reading.ts';
import type { SlotPrediction } from '../../src/core/view.ts';
import type { Frame } from '../../src/protocols/guardian-link.ts';
import { OpenLoop, type ThermalInputs } from '../../src/thermal/learned-model.ts';
import type { Rig } from './rig.ts';

const AHEAD_S = 600;
const EVERY_S = 60;
/** What came is replayed in steps of this, s. */
const STEP_S = 5;
/** Of a normal error, nine in ten are within so many standard deviations. */
const NINE_IN_TEN = 1.645;

export interface Score {
  readonly count: number;
  /** Share of errors of at most 1.5 K. */
  readonly within: number;
  /** 95 % of the errors are at most this, K. */
  readonly p95K: number;
  /** Share of what came that lay in the 90 % band. */
  readonly covered: number;
}

interface Open {
  readonly dueS: number;
  readonly learned: OpenLoop;
  readonly board: OpenLoop;
  readonly sigmasK: readonly number[];
  readonly published: ReadonlyMap<number, SlotPrediction>;
}

class Errors {
  readonly #errorsK: number[] = [];
  #inside = 0;

  add(errorK: number, isInside: boolean): void {
    this.#errorsK.push(Math.abs(errorK));
    if (isInside) this.#inside += 1;
  }

  score(): Score {
    const sorted = this.#errorsK.toSorted((a, b) => a - b);
    const count = sorted.length;
    const within = sorted.filter((error) => error <= 1.5).length / count;
    return { count, within, p95K: sorted[Math.ceil(0.95 * count) - 1]!, covered: this.#inside / count };
  }
}

/** @param board What the controller is told; the rig's plant is another matter. */
export function scorePredictions(rig: Rig, board: Board, learnS: number, scoreS: number) {
  const tracker = new ModelTracker(board);
  const forecast = new SlotForecast(board);
  const untaught = new ModelTracker(board).learned();
  const scores = { replayed: new Errors(), published: new Errors(), board: new Errors() };
  let open: Open[] = [];
  for (let second = 1; second <= learnS + scoreS; second++) {
    const frame = rig.second();
    const inputs = inputsOf(board, frame);
    tracker.take(frame, inputs.ambientC);
    const published = forecast.take(frame, tracker.learned(), {
      ambientC: inputs.ambientC,
      powersW: new Map(board.slots.map(({ number }, s) => [number, inputs.powersW[s]!])),
      plannedRatios: rig.advised,
      manualRatios: new Map(),
    });
    for (const { learned, board: word } of second % STEP_S === 0 ? open : []) {
      learned.step(inputs, STEP_S);
      word.step(inputs, STEP_S);
    }
    const due = open.filter(({ dueS }) => dueS <= second);
    open = open.filter(({ dueS }) => dueS > second);
    for (const entry of due) judge(scores, entry, board, frame);
    if (second < learnS || second % EVERY_S !== 0) continue;
    const seen = tracker.learned();
    // the board's word starts from what is read now, too
    const word = { ...untaught, slots: untaught.slots.map((slot, s) => ({ ...slot, ...stateOf(seen.slots[s]!) })) };
    open.push({
      dueS: second + AHEAD_S,
      learned: new OpenLoop(seen, inputs.ambientC),
      board: new OpenLoop(word, inputs.ambientC),
      sigmasK: board.slots.map((slot) => tracker.identified(slot).uncertaintyK),
      published,
    });
  }
  return {
    replayed: scores.replayed.score(),
    published: scores.published.score(),
    board: scores.board.score(),
    tracker,
  };
}

function judge(
  scores: Record<'replayed' | 'published' | 'board', Errors>,
  entry: Open,
  board: Board,
  frame: Frame,
): void {
  board.slots.forEach((slot, s) => {
    const cameC = valueOrNull(frame.sensors[slot.sensors.temperature]?.reading);
    if (cameC === null) return;
    const errorK = entry.learned.temperaturesC[s]! - cameC;
    scores.replayed.add(errorK, Math.abs(errorK) <= NINE_IN_TEN * entry.sigmasK[s]!);
    scores.board.add(entry.board.temperaturesC[s]! - cameC, false);
    const said = entry.published.get(slot.number);
    if (said !== undefined) scores.published.add(said.temperatureC - cameC, cameC >= said.lowC && cameC <= said.highC);
  });
}

function stateOf({ temperatureC, inletC }: { temperatureC: number | null; inletC: number | null }) {
  return { temperatureC, inletC };
}

function inputsOf(board: Board, frame: Frame): ThermalInputs {
  const read = (sensor: string | undefined) => valueOrNull(frame.sensors[sensor ?? '']?.reading) ?? 0;
  return {
    ambientC: read(board.ambientSensor),
    ratios: board.airMovers.map(({ id }) => frame.fans.find((fan) => fan.id === id)?.ratio ?? 0),
    powersW: board.slots.map(({ sensors }) => read(sensors.power)),
  };
}
