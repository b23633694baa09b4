// A running simulation: plant time that follows the wall (or a test's clock), the scenario's steps when they are due,
// and reports of what is true.
import { every, type Clock, type Timer } from '../src/core/clock.ts';
import { describeError } from '../src/core/errors.ts';
import type { LogLine } from './bus-server.ts';
import type { Chassis } from './chassis.ts';
import type { FanTruth, PlantMetrics, ScenarioAction, SlotTruth } from './contract.ts';
import type { FaultDesk } from './faults/fault-desk.ts';
import type { Scenario } from './scenario.ts';
import { judge, type ExpectationResult } from './scenario/expectations.ts';
import { RunRecorder, type MoveRecord } from './scenario/run-record.ts';
import { ScenarioRunner } from './scenario/runner.ts';

/** Real time between steps of the plant. */
const STEP_MS = 50;
const REPORT_MS = 500;
/** After a machine's pause plant time does not jump by more than this many steps at once. */
const MAX_CATCH_UP_MS = 2000;

/** What is printed, one JSON line each. */
export type SimulationMessage =
  /** Where the Modbus buses are that were asked for, by bus. */
  | { readonly type: 'ready'; readonly modbus?: Readonly<Record<string, string>> }
  | { readonly type: 'say'; readonly text: string; readonly atS: number }
  /** Seconds that transactions have held each physical bus so far. */
  | { readonly type: 'wire'; readonly busS: Readonly<Record<string, number>> }
  /** What the scenario expects of the run so far; with moves switched off without those that ask for Moves. */
  | { readonly type: 'verdict'; readonly results: readonly ExpectationResult[] }
  | ({
      readonly type: 'report';
      readonly stepsDone: number;
      readonly stepsTotal: number;
      readonly ambientC: number;
      readonly slots: readonly SlotTruth[];
      readonly fans: readonly FanTruth[];
    } & PlantMetrics);

export interface SimulationOptions {
  readonly chassis: Chassis;
  readonly metrics: () => PlantMetrics;
  /** Metrics count from the call on. */
  readonly restartMetrics: () => void;
  readonly scenario: Scenario;
  /** Of each slot, °C. */
  readonly limits: ReadonlyMap<number, number>;
  readonly desk: FaultDesk;
  /** Plant seconds in a second of `clock`. */
  readonly speed: number;
  readonly clock: Clock;
  readonly print: (message: SimulationMessage) => void;
  readonly log: LogLine;
}

export class Simulation {
  readonly #options: SimulationOptions;
  readonly #runner: ScenarioRunner;
  readonly #recorder: RunRecorder;
  readonly #timers: Timer[] = [];
  #stepsDone = 0;
  #lastMs: number;
  /** Plant time at which the scenario began; null = not yet, the chassis just runs. */
  #courseS: number | null = null;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#runner = new ScenarioRunner(options.scenario);
    this.#recorder = new RunRecorder(options.limits);
    const { clock } = options;
    this.#lastMs = clock.nowMs();
    this.#timers.push(every(clock, 'plant', STEP_MS, () => this.#step()));
    this.#timers.push(every(clock, 'report', REPORT_MS, () => this.report()));
  }

  /** The scenario's time and the metrics begin; again has no effect. Until then the chassis runs as it is. */
  start(): void {
    if (this.#courseS !== null) return;
    this.#courseS = this.#options.chassis.plantS();
    this.#options.restartMetrics();
  }

  /** @throws ColdslotError when the board or the scenario does not have what it names */
  act(action: ScenarioAction): void {
    this.#options.desk.apply(action);
  }

  /** The latest word on a Move, for the scenario's expectations. */
  noteMove(move: Omit<MoveRecord, 'endedAtS'>): void {
    const endedAtS = move.outcome === 'open' || this.#courseS === null ? null : this.#courseTimeS(this.#courseS);
    this.#recorder.move({ ...move, endedAtS });
  }

  /** Prints which of the scenario's expectations the run so far meets. */
  judge(moves: 'on' | 'off'): void {
    const { metrics, scenario, print } = this.#options;
    print({ type: 'verdict', results: judge(scenario.expect, this.#recorder.record(metrics()), moves) });
  }

  report(): void {
    const { chassis, metrics, scenario, print } = this.#options;
    const truth = chassis.truth();
    print({
      type: 'report',
      ...metrics(),
      stepsDone: this.#stepsDone,
      stepsTotal: scenario.steps.length,
      ambientC: truth.ambientC,
      slots: [...truth.slots.values()],
      fans: [...truth.fans.values()],
    });
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
  }

  #step(): void {
    const { clock, speed } = this.#options;
    const nowMs = clock.nowMs();
    const passedMs = Math.min(nowMs - this.#lastMs, MAX_CATCH_UP_MS);
    this.#lastMs = nowMs;
    this.#pass((passedMs / 1000) * speed);
  }

  /** Steps happen at their own time, however long the stretch is that passes at once. */
  #pass(dtS: number): void {
    const { chassis } = this.#options;
    const courseS = this.#courseS;
    if (courseS === null) {
      chassis.advance(dtS);
      return;
    }
    const endS = chassis.plantS() + dtS;
    this.#play(chassis.plantS() - courseS);
    for (let next = this.#runner.upcoming(); next !== undefined; next = this.#runner.upcoming()) {
      const dueS = courseS + next.atS;
      if (dueS >= endS) break;
      chassis.advance(Math.max(0, dueS - chassis.plantS()));
      this.#play(next.atS);
    }
    chassis.advance(Math.max(0, endS - chassis.plantS()));
    this.#play(endS - courseS);
    this.#recorder.observe({ ...chassis.truth(), timeS: this.#courseTimeS(courseS) });
  }

  #courseTimeS(courseS: number): number {
    return this.#options.chassis.plantS() - courseS;
  }

  /** @param atS The scenario's time. */
  #play(atS: number): void {
    const { print, log, desk } = this.#options;
    for (const step of this.#runner.dueSteps(atS)) {
      print({ type: 'say', text: step.say, atS });
      for (const action of step.do) {
        try {
          desk.apply(action);
        } catch (error) {
          log(`scenario step at ${step.atS} s: ${describeError(error)}`);
        }
      }
      this.#stepsDone++;
    }
  }
}
