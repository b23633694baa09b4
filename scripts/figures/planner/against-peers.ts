// coldslot against the published rules on several hundred generated chassis, each from the same bad start: what the air
// movers and the moves cost at the end, and how hot it is left. The closed loop over a day is another part.
import type { PlanInstance } from '../../../src/core/plan.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { levelOf } from '../../../src/placement/objective.ts';
import { buildProblem } from '../../../src/placement/problem.ts';
import { FAMILY_NAMES, familyInstance } from '../../../test/placement/families.ts';
import type { Size } from '../../../test/placement/families.ts';
import { allPeers } from '../../../test/placement/peers/all-peers.ts';
import { figure } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { median } from '../statistics.ts';
import { SAME_K } from './duel.ts';
import { exactValue } from './judge.ts';
import { placesIn, settle } from './settle.ts';
import { placesOf, timedPlan } from './timed-plan.ts';

const SIZES: readonly Size[] = [
  { slots: 6, workloads: 36 },
  { slots: 8, workloads: 48 },
  { slots: 12, workloads: 60 },
  { slots: 16, workloads: 96 },
];
/** CPU time of a plan. */
const PLAN_S = 0.2;

interface Outcome {
  readonly overshootK: number;
  readonly costJ: number;
  readonly moves: number;
  readonly isRestless: boolean;
}

interface Round {
  readonly coldslot: Outcome;
  readonly peers: ReadonlyMap<string, Outcome>;
}

export function againstPeers(chassis: number, seed = 1): readonly Figure[] {
  timedPlan(familyInstance('rows', SIZES[0]!, 1), PLAN_S, 1); // the code is warm from here on
  const rounds = Array.from({ length: chassis }, (_, n) => {
    const family = FAMILY_NAMES[n % FAMILY_NAMES.length]!;
    const size = SIZES[Math.floor(n / FAMILY_NAMES.length) % SIZES.length]!;
    return roundOn(familyInstance(family, size, seed + n), seed + n);
  });
  const names = [...(rounds[0]?.peers.keys() ?? [])];
  return [
    figure('planner-static-chassis', rounds.length, 'chassis'),
    ...names.flatMap((name) => peerFigures(`planner-static-${name.replaceAll(/[ _]/g, '-')}`, name, rounds)),
    ...bestPeerFigures(rounds),
    figure('planner-static-moves', mean(rounds.map(({ coldslot }) => coldslot.moves)), 'moves a chassis'),
  ];
}

/** All at the overshoot of the coolest of them, or their own when it is more. */
function roundOn(instance: PlanInstance, seed: number): Round {
  const problem = buildProblem(instance);
  const { plan } = timedPlan(instance, PLAN_S, seed);
  const ours = placesOf(problem, plan);
  const settled = allPeers(seededRandom(seed)).map((peer) => ({ peer, ...settle(instance, peer) }));
  const places = settled.map(({ assignment }) => placesIn(problem, assignment));
  const coolestK = Math.min(...[ours, ...places].map((at) => exactValue(problem, at, 0).overshootK));
  const outcome = (at: Int32Array, moves: number, isRestless: boolean): Outcome => ({
    ...exactValue(problem, at, levelOf(coolestK)),
    moves,
    isRestless,
  });
  return {
    coldslot: outcome(ours, plan.moves.length, false),
    peers: new Map(
      settled.map(({ peer, moves, isRestless }, p) => [peer.name, outcome(places[p]!, moves, isRestless)]),
    ),
  };
}

function peerFigures(prefix: string, name: string, rounds: readonly Round[]): Figure[] {
  const pairs = rounds.map(({ coldslot, peers }) => ({ coldslot, peer: peers.get(name)! }));
  const equal = pairs.filter(({ coldslot, peer }) => Math.abs(peer.overshootK - coldslot.overshootK) <= SAME_K);
  const share = (is: (peer: Outcome) => boolean) => pairs.filter(({ peer }) => is(peer)).length / pairs.length;
  return [
    figure(prefix, median(equal.map(({ coldslot, peer }) => coldslot.costJ / peer.costJ)), "of the peer's cost", 1),
    figure(
      `${prefix}-max`,
      Math.max(...equal.map(({ coldslot, peer }) => coldslot.costJ / peer.costJ)),
      "of the peer's cost",
      1,
    ),
    figure(
      `${prefix}-hotter`,
      pairs.filter(({ coldslot, peer }) => peer.overshootK > coldslot.overshootK + SAME_K).length,
      'chassis',
    ),
    figure(
      `${prefix}-cooler`,
      pairs.filter(({ coldslot, peer }) => peer.overshootK < coldslot.overshootK - SAME_K).length,
      'chassis',
    ),
    figure(`${prefix}-moves`, mean(pairs.map(({ peer }) => peer.moves)), 'moves a chassis'),
    figure(
      `${prefix}-restless`,
      share(({ isRestless }) => isRestless),
      'of the chassis',
    ),
  ];
}

/** Against whichever peer is best on each chassis: coolest first, then cheapest. */
function bestPeerFigures(rounds: readonly Round[]): Figure[] {
  const ratios = rounds.flatMap(({ coldslot, peers }) => {
    const coolestK = Math.min(...[...peers.values()].map(({ overshootK }) => overshootK));
    const cheapestJ = Math.min(
      ...[...peers.values()].filter(({ overshootK }) => overshootK <= coolestK + SAME_K).map(({ costJ }) => costJ),
    );
    return Math.abs(coldslot.overshootK - coolestK) <= SAME_K ? [coldslot.costJ / cheapestJ] : [];
  });
  return [
    figure('planner-static-best-peer', median(ratios), "of the best peer's cost", 1),
    figure('planner-static-best-peer-max', Math.max(...ratios), "of the best peer's cost", 1),
  ];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
