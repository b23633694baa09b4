// The placement problem made linear, for a mixed-integer solver: whole-number columns x[unit, slot], slot powers, flows
// and inlets, and air-mover speeds and powers as continuous ones. Capacities, caps, rules, pins, the move budget and the
// costs of moves are linear as they are. Lexicographic as FORMATS: two programs, the second at the overshoot of the first.
//
//   overshoot  least z with T_s ≤ target_s + z at full speed, where T_s is linear in the powers: exact
//   cost       least Σ idle_m + W_m + moves / horizon, W, with T_s ≤ target_s + level; full speed's T_s, exactly, too
//     W_m ≥ max_m · n_m³        by tangents, close together around the reference
//     I_s                       airflow: ambient + Σ_j φ_sj/1200 · P_j/Q_j to the first order around the reference;
//                               linear: exact
//     Q_s ≥ q_s(P_s, I_s)       q = (k·P / (target + level − I − r·P))^1.25 is what the slot needs: convex in P; tangent
//                               planes at many P and the reference's I
//   A flow that is short of its planes has a price far above any mover's, so that planes which are wrong far from the
//   reference shut no assignment out.
//
// Reference: powers, flows and inlets around which all that is taken; see reference.ts. There the program is exact but
// for the tangents' spacing. Any assignment has a value in it: the program with x given, an LP (judge.ts). What makes it
// easier for the solver is in: workloads that rules keep together are one unit. HiGHS runs with its own defaults; more
// heuristics, no restarts, or half as many tangents and planes changed what it found in 20 s by less than 0.5 %.
import type { PlanInstance } from '../../../src/core/plan.ts';
import type { Problem } from '../../../src/placement/problem.ts';
import { FLOW_EXPONENT, flowsInto } from '../../../src/thermal/chassis-model.ts';
import { LinearProgram } from './linear-program.ts';
import type { LinearProgramData, Term } from './linear-program.ts';
import { addFullSpeed, addPlacement, couplings, fullSpeed } from './linear-placement.ts';

export interface Reference {
  readonly powerW: Float64Array;
  readonly flowM3s: Float64Array;
  readonly inletC: Float64Array;
  readonly ratios: Float64Array;
}

export interface Linearised {
  readonly program: LinearProgramData;
  /** Column of x[unit, slot] at unit · slots + slot; −1 where the unit may not be. */
  readonly places: Int32Array;
  /** Columns of the slots' powers, flows and inlets, and of the movers' speeds; the latter three with `cost` only. */
  readonly powers: readonly number[];
  readonly flows: readonly number[];
  readonly inlets: readonly number[];
  readonly speeds: readonly number[];
  /** Columns of the flows that are short. */
  readonly shorts: readonly number[];
}

/** W per m³/s that is short, against what all movers at full speed take per m³/s. */
const SHORT_FACTOR = 20;
/** Planes are kept up to this multiple of a slot's flow at full speed. */
const BEYOND = 1.5;
const NEEDED_EXPONENT = 1 / FLOW_EXPONENT;
/** Tangents of mover power are so far apart, relatively, around the reference: 0.75 · step², 0.07 %, too low at most. */
const SPEED_STEP = 0.03;
const SPEED_REACH = 12;
const EVEN_SPEEDS = 12;
/** Planes of the needed flow: evenly over the power range, and around the reference power by these factors. */
const EVEN_POWERS = 12;
const CLOSE_POWERS = [0.85, 0.92, 0.96, 0.98, 1, 1.02, 1.04, 1.08, 1.15];

/** The first program: the least worst overshoot. */
export function overshootProgram(problem: Problem): Linearised {
  const program = new LinearProgram();
  const { places, powers } = addPlacement(problem, program, 0);
  const z = program.column({ cost: 1 });
  addFullSpeed(problem, program, powers, (s) => [problem.targetC[s]!, [[z, -1]]]);
  return { program: program.data(), places, powers, flows: [], inlets: [], speeds: [], shorts: [] };
}

/** The second program: the least cost, W, with at most `levelK` of overshoot. */
export function costProgram(problem: Problem, levelK: number, reference: Reference): Linearised {
  const program = new LinearProgram();
  const { places, powers } = addPlacement(problem, program, 1 / problem.instance.horizonS);
  addFullSpeed(problem, program, powers, (s) => [problem.targetC[s]! + levelK, []]);
  const speeds = addMovers(problem, program, reference);
  const flows = addFlows(problem, program, speeds);
  const inlets = addInlets(problem, program, reference, powers, flows);
  const full = new Float64Array(problem.slotCount);
  flowsInto(problem.model, fullSpeed(problem), full);
  const shorts = powers.map((power, s) =>
    addNeededFlow(problem, program, reference, {
      slot: s,
      fullM3s: full[s]!,
      ceilingC: problem.targetC[s]! + levelK,
      power,
      flow: flows[s]!,
      inlet: inlets[s]!,
    }),
  );
  return { program: program.data(), places, powers, flows, inlets, speeds, shorts };
}

/** Speeds and, by tangents, what they take. */
function addMovers(problem: Problem, program: LinearProgram, reference: Reference): number[] {
  const { model } = problem;
  return Array.from(model.minRatio, (low, m) => {
    program.addOffset(model.idlePowerW[m]!);
    const given = model.fixedRatio[m]!;
    const maxW = model.maxPowerW[m]!;
    if (!Number.isNaN(given)) {
      program.addOffset(maxW * given ** 3);
      return program.column({ lower: given, upper: given });
    }
    const speed = program.column({ lower: low, upper: 1 });
    const power = program.column({ cost: 1 });
    for (const at of tangentSpeeds(low, reference.ratios[m]!)) {
      // W ≥ max·n³ at `at`, and its slope from there
      program.row(
        -2 * maxW * at ** 3,
        [
          [power, 1],
          [speed, -3 * maxW * at ** 2],
        ],
        Infinity,
      );
    }
    return speed;
  });
}

function tangentSpeeds(low: number, near: number): number[] {
  const even = Array.from({ length: EVEN_SPEEDS }, (_, i) => low + ((1 - low) * i) / (EVEN_SPEEDS - 1));
  const close = Array.from({ length: 2 * SPEED_REACH + 1 }, (_, i) => near * (1 + SPEED_STEP) ** (i - SPEED_REACH));
  return [...even, ...close].filter((speed) => speed >= low && speed <= 1);
}

function addFlows(problem: Problem, program: LinearProgram, speeds: readonly number[]): number[] {
  return Array.from({ length: problem.slotCount }, (_, s) => {
    const flow = program.column();
    const gains = speeds.map((speed, m): Term => [speed, -problem.model.gainM3s[s * speeds.length + m]!]);
    program.row(0, [[flow, 1], ...gains], 0);
    return flow;
  });
}

/** P/Q around (P̂, Q̂) is P/Q̂ − P̂/Q̂² · Q + P̂/Q̂. */
function addInlets(
  problem: Problem,
  program: LinearProgram,
  reference: Reference,
  powers: readonly number[],
  flows: readonly number[],
): number[] {
  return powers.map((_, s) => {
    const inlet = program.column({ lower: -Infinity });
    let constantC = problem.model.ambientC;
    const terms = couplings(problem, s).flatMap(({ j, weight, isAirflow }): Term[] => {
      if (!isAirflow) return [[powers[j]!, -weight]];
      const flow = reference.flowM3s[j]!;
      const rise = reference.powerW[j]! / flow;
      constantC += weight * rise;
      return [
        [powers[j]!, -weight / flow],
        [flows[j]!, (weight * rise) / flow],
      ];
    });
    program.row(constantC, [[inlet, 1], ...terms], constantC);
    return inlet;
  });
}

interface Needed {
  readonly slot: number;
  /** Its flow at full speed. */
  readonly fullM3s: number;
  readonly ceilingC: number;
  readonly power: number;
  readonly flow: number;
  readonly inlet: number;
}

/** Planes under the needed flow, and the headroom that must be there whatever the flow; the column of what is short. */
function addNeededFlow(problem: Problem, program: LinearProgram, reference: Reference, needed: Needed): number {
  const { model, instance } = problem;
  const { slot, ceilingC, power, flow, inlet } = needed;
  const r = model.rKPerW[slot]!;
  const k = model.kFlow[slot]!;
  const short = program.column({ cost: shortCostWPerM3s(instance) });
  const inletC = reference.inletC[slot]!;
  for (const P of k === 0 ? [] : planePowers(problem, slot, reference)) {
    const headroomK = ceilingC - inletC - r * P;
    if (headroomK <= 0 || P <= 0) continue;
    const u = (k * P) / headroomK;
    const q = u ** NEEDED_EXPONENT;
    const slope = NEEDED_EXPONENT * u ** (NEEDED_EXPONENT - 1);
    const perW = slope * (k / headroomK + (k * P * r) / headroomK ** 2);
    const perK = (slope * k * P) / headroomK ** 2;
    if (q > BEYOND * needed.fullM3s) continue; // no speed gives that; steeper planes only spoil the numerics
    program.row(
      q - perW * P - perK * inletC,
      [
        [flow, 1],
        [short, 1],
        [power, -perW],
        [inlet, -perK],
      ],
      Infinity,
    );
  }
  // K per m³/s that is short: as much as the whole rise of the slot over its inlet there
  const riseK = (ceilingC - inletC) / reference.flowM3s[slot]!;
  program.row(
    -Infinity,
    [
      [inlet, 1],
      [power, r],
      [short, -Math.abs(riseK)],
    ],
    ceilingC,
  );
  return short;
}

function planePowers(problem: Problem, s: number, reference: Reference): number[] {
  const idleW = problem.idlePowerW[s]!;
  const all = problem.units.reduce((sum, unit) => sum + (unit.allowed.includes(s) ? unit.powerW : 0), idleW);
  const most = Math.min(problem.powerCapW[s]!, all);
  const even = Array.from({ length: EVEN_POWERS }, (_, i) => idleW + ((most - idleW) * i) / (EVEN_POWERS - 1));
  const close = CLOSE_POWERS.map((factor) => factor * reference.powerW[s]!);
  return [...even, ...close].filter((power) => power >= idleW && power <= most);
}

function shortCostWPerM3s(instance: PlanInstance): number {
  const powerW = instance.airMovers.reduce((sum, mover) => sum + mover.maxPowerW, 0);
  const flowM3s = instance.airMovers.reduce((sum, mover) => sum + mover.maxFlowM3s, 0);
  return flowM3s === 0 ? SHORT_FACTOR : (SHORT_FACTOR * powerW) / flowM3s;
}
