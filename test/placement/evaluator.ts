// The formulas of the formats, written down once more and sharing nothing with src/: what an assignment and ratios come
// to, the best ratios by nested bisection and golden section, and the best assignment by trying all.
import type { Plan, PlanInstance } from '../../src/core/plan.ts';

export type Assignment = Readonly<Record<string, string>>;
export type Ratios = Readonly<Record<string, number>>;

export function slotPowers(instance: PlanInstance, assignment: Assignment): number[] {
  return instance.slots.map((slot) =>
    instance.workloads
      .filter((workload) => assignment[workload.id] === slot.id)
      .reduce((sum, workload) => sum + workload.powerW, slot.idlePowerW),
  );
}

export function evaluate(instance: PlanInstance, assignment: Assignment, ratios: Ratios) {
  return {
    ...temperatures(instance, slotPowers(instance, assignment), ratios),
    moverPowerW: moverPower(instance, ratios),
  };
}

function temperatures(instance: PlanInstance, powers: readonly number[], ratios: Ratios) {
  const flow = instance.slots.map((slot) => {
    let sum = 0;
    for (const mover of instance.airMovers) sum += (slot.share[mover.id] ?? 0) * mover.maxFlowM3s * ratios[mover.id]!;
    return slot.openness * sum;
  });
  const { recirculation } = instance;
  let worstOvershootK = 0;
  const slots = instance.slots.map((slot, s) => {
    let inletC = instance.ambientC;
    powers.forEach((power, j) => {
      if (recirculation.kind === 'airflow' && recirculation.preheat[s]![j]! * power > 0) {
        inletC += (recirculation.preheat[s]![j]! * power) / (1200 * flow[j]!);
      }
      if (recirculation.kind === 'linear') inletC += recirculation.kPerW[s]![j]! * power;
    });
    const convective = slot.kFlow === 0 || powers[s] === 0 ? 0 : powers[s]! * slot.kFlow * flow[s]! ** -0.8;
    const temperatureC = inletC + powers[s]! * slot.rKPerW + convective;
    worstOvershootK = Math.max(worstOvershootK, temperatureC - (slot.limitC - slot.marginK));
    return { temperatureC, inletC, flowM3s: flow[s]!, powerW: powers[s]! };
  });
  return { slots, worstOvershootK };
}

function moverPower(instance: PlanInstance, ratios: Ratios): number {
  return instance.airMovers.reduce((sum, m) => sum + m.idlePowerW + m.maxPowerW * ratios[m.id]! ** 3, 0);
}

/** Least mover power with at most `levelK` of overshoot, for one or two free air movers. Infinity when there is none. */
export function leastMoverPower(instance: PlanInstance, powers: readonly number[], levelK: number): number {
  const free = instance.airMovers.filter((mover) => mover.fixedRatio === null);
  const given = Object.fromEntries(instance.airMovers.map((mover) => [mover.id, mover.fixedRatio ?? 1]));
  const isOk = (ratios: Ratios) => temperatures(instance, powers, ratios).worstOvershootK <= levelK;
  const [first, second] = free;
  if (first === undefined) return isOk(given) ? moverPower(instance, given) : Infinity;
  // the lowest ratio of `id` that is enough with the others given
  const lowest = (ratios: Ratios, id: string, low: number) => {
    if (!isOk({ ...ratios, [id]: 1 })) return null;
    if (isOk({ ...ratios, [id]: low })) return low;
    let below = low;
    let above = 1;
    for (let i = 0; i < 40; i++) {
      const middle = (below + above) / 2;
      if (isOk({ ...ratios, [id]: middle })) above = middle;
      else below = middle;
    }
    return above;
  };
  const firstLow = lowest(given, first.id, first.minRatio);
  if (firstLow === null) return Infinity;
  if (second === undefined) return moverPower(instance, { ...given, [first.id]: firstLow });
  const powerAt = (ratio: number) => {
    const ratios = { ...given, [first.id]: ratio };
    return moverPower(instance, { ...ratios, [second.id]: lowest(ratios, second.id, second.minRatio)! });
  };
  return goldenSection(powerAt, firstLow, 1);
}

function goldenSection(f: (x: number) => number, low: number, high: number): number {
  const phi = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [low, high];
  let [c, d] = [b - phi * (b - a), a + phi * (b - a)];
  let [fc, fd] = [f(c), f(d)];
  for (let i = 0; i < 32; i++) {
    if (fc < fd) {
      [b, d, fd] = [d, c, fc];
      c = b - phi * (b - a);
      fc = f(c);
    } else {
      [a, c, fc] = [c, d, fd];
      d = a + phi * (b - a);
      fd = f(d);
    }
  }
  return Math.min(fc, fd, f(low), f(high));
}

export function leastOvershoot(instance: PlanInstance, powers: readonly number[]): number {
  const full = Object.fromEntries(instance.airMovers.map((mover) => [mover.id, mover.fixedRatio ?? 1]));
  return temperatures(instance, powers, full).worstOvershootK;
}

export function movesCost(instance: PlanInstance, assignment: Assignment): number {
  return instance.workloads.reduce((sum, w) => sum + (assignment[w.id] === w.slot ? 0 : w.moveCostJ), 0);
}

/** What hard rules the assignment breaks, in words. */
export function brokenRules(instance: PlanInstance, assignment: Assignment): string[] {
  const broken: string[] = [];
  const powers = slotPowers(instance, assignment);
  instance.slots.forEach((slot, s) => {
    if (slot.powerCapW !== null && powers[s]! > slot.powerCapW * (1 + 1e-9) + 1e-6)
      broken.push(`power cap of ${slot.id}`);
    const there = instance.workloads.filter((workload) => assignment[workload.id] === slot.id);
    for (const name of new Set(there.flatMap((workload) => Object.keys(workload.demand)))) {
      const used = there.reduce((sum, { demand }) => sum + (Object.hasOwn(demand, name) ? demand[name]! : 0), 0);
      const size = Object.hasOwn(slot.capacity, name) ? slot.capacity[name]! : 0;
      if (used > size * (1 + 1e-9) + 1e-6) broken.push(`${name} of ${slot.id}`);
    }
  });
  for (const workload of instance.workloads) {
    const slot = assignment[workload.id]!;
    if (workload.pinned && slot !== workload.slot) broken.push(`${workload.id} pinned`);
    if (workload.allowedSlots !== null && !workload.allowedSlots.includes(slot))
      broken.push(`${workload.id} in ${slot}`);
  }
  for (const rule of instance.rules) {
    const places = new Set(rule.workloads.map((id) => assignment[id]));
    const isKept = rule.kind === 'together' ? places.size === 1 : places.size === rule.workloads.length;
    if (!isKept) broken.push(`${rule.kind} ${rule.workloads.join(' ')}`);
  }
  const moved = instance.workloads.filter((workload) => assignment[workload.id] !== workload.slot).length;
  if (instance.maxMoves !== null && moved > instance.maxMoves) broken.push(`${moved} moves`);
  const total = powers.reduce((a, b) => a + b, 0);
  if (instance.chassisPowerCapW !== null && total > instance.chassisPowerCapW * (1 + 1e-9) + 1e-6)
    broken.push('chassis power cap');
  return broken;
}

/** The optimum by trying every assignment, or only those that live moves lead to; null when none keeps the rules. */
export function tryAll(
  instance: PlanInstance,
  which: 'all' | 'reachable' = 'all',
): { worstOvershootK: number; totalJ: number } | null {
  const candidates = which === 'all' ? assignments(instance, 0, {}) : reachable(instance);
  const sound = [...candidates].filter((assignment) => brokenRules(instance, assignment).length === 0);
  if (sound.length === 0) return null;
  const judged = sound.map((assignment) => {
    const powers = slotPowers(instance, assignment);
    return { powers, overshootK: leastOvershoot(instance, powers), movesJ: movesCost(instance, assignment) };
  });
  const least = Math.min(...judged.map(({ overshootK }) => overshootK));
  const levelK = least > 0 ? least + 0.001 : 0;
  let totalJ = Infinity;
  for (const { powers, overshootK, movesJ } of judged.toSorted((a, b) => a.movesJ - b.movesJ)) {
    const idle = instance.airMovers.reduce((sum, mover) => sum + mover.idlePowerW, 0);
    if (overshootK > levelK || idle * instance.horizonS + movesJ >= totalJ) continue;
    totalJ = Math.min(totalJ, leastMoverPower(instance, powers, levelK) * instance.horizonS + movesJ);
  }
  return { worstOvershootK: least, totalJ };
}

/** Every assignment that single moves lead to, each into a slot with room, breadth first; `together` is left aside. */
function reachable(instance: PlanInstance): Assignment[] {
  const lenient = { ...instance, maxMoves: null, rules: instance.rules.filter((rule) => rule.kind === 'apart') };
  let edge: Assignment[] = [Object.fromEntries(instance.workloads.map((workload) => [workload.id, workload.slot]))];
  const found = new Map<string, Assignment>(edge.map((assignment) => [JSON.stringify(assignment), assignment]));
  for (let moves = 0; edge.length > 0 && moves < (instance.maxMoves ?? Infinity); moves++) {
    const next: Assignment[] = [];
    for (const assignment of edge) {
      for (const workload of instance.workloads) {
        for (const slot of instance.slots) {
          const moved = { ...assignment, [workload.id]: slot.id };
          const key = JSON.stringify(moved);
          if (found.has(key) || brokenRules(lenient, moved).length > 0) continue;
          found.set(key, moved);
          next.push(moved);
        }
      }
    }
    edge = next;
  }
  return [...found.values()];
}

function* assignments(instance: PlanInstance, from: number, chosen: Record<string, string>): Generator<Assignment> {
  const workload = instance.workloads[from];
  if (workload === undefined) {
    yield { ...chosen };
    return;
  }
  for (const slot of instance.slots) {
    chosen[workload.id] = slot.id;
    yield* assignments(instance, from + 1, chosen);
  }
}

/** Whether any assignment at all keeps the hard rules, by trying all. */
export function someKeepsAllRules(instance: PlanInstance): boolean {
  for (const assignment of assignments(instance, 0, {})) {
    if (brokenRules(instance, assignment).length === 0) return true;
  }
  return false;
}

/**
 * What a plan breaks on the way, one move after the other, in words: the destination has room and power for the workload
 * beside all that is there, while the source still holds it; nothing moves that may not; the moves lead from the start
 * to the assignment. `together` is left aside while its workloads follow one another.
 */
export function brokenOnTheWay(instance: PlanInstance, plan: Plan): string[] {
  const broken: string[] = [];
  const at: Record<string, string> = Object.fromEntries(instance.workloads.map(({ id, slot }) => [id, slot]));
  plan.moves.forEach((move, i) => {
    const what = `move ${i + 1} (${move.workload} to ${move.to})`;
    const workload = instance.workloads.find(({ id }) => id === move.workload);
    const slot = instance.slots.find(({ id }) => id === move.to);
    if (workload === undefined || slot === undefined || at[move.workload] !== move.from || move.order !== i + 1) {
      broken.push(`${what} does not follow`);
      return;
    }
    if (move.from === move.to || workload.pinned) broken.push(`${what} may not be`);
    if (workload.allowedSlots !== null && !workload.allowedSlots.includes(move.to)) broken.push(`${what} allowed`);
    const both = [...instance.workloads.filter(({ id }) => at[id] === move.to), workload];
    const total = (value: (one: PlanInstance['workloads'][number]) => number) =>
      both.reduce((sum, one) => sum + value(one), 0);
    const powerW = slot.idlePowerW + total((one) => one.powerW);
    if (workload.powerW > 0 && slot.powerCapW !== null && powerW > slot.powerCapW * (1 + 1e-9) + 1e-6) {
      broken.push(`${what} power cap`);
    }
    for (const name of Object.keys(workload.demand)) {
      const used = total((one) => (Object.hasOwn(one.demand, name) ? one.demand[name]! : 0));
      const size = Object.hasOwn(slot.capacity, name) ? slot.capacity[name]! : 0;
      if (workload.demand[name]! > 0 && used > size * (1 + 1e-9) + 1e-6) broken.push(`${what} ${name}`);
    }
    for (const { kind, workloads } of instance.rules) {
      if (kind !== 'apart' || !workloads.includes(workload.id)) continue;
      if (workloads.some((id) => id !== workload.id && at[id] === move.to)) broken.push(`${what} apart`);
    }
    at[move.workload] = move.to;
  });
  for (const { id } of instance.workloads) if (plan.assignment[id] !== at[id]) broken.push(`${id} is elsewhere`);
  if (instance.maxMoves !== null && plan.moves.length > instance.maxMoves) broken.push('too many moves');
  return broken;
}
