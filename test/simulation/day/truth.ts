// The plan instance of a plant as it really is: its flows, its mixing and its resistances, found by letting a copy of the
// plant settle. Nobody in a chassis can know this; it is what those who decide are measured against.
import { Plant } from '../../../hwsim/plant/plant.ts';
import { PLAN_INSTANCE_FORMAT, type PlanInstance, type PlanSlot } from '../../../src/core/plan.ts';
import { AIR_J_PER_M3K } from '../../../src/core/units.ts';
import { FLOW_EXPONENT } from '../../../src/thermal/chassis-model.ts';
import { slotAimsC } from '../../../src/controller/slot-aim.ts';
import type { DayPlant } from './plants.ts';

const SETTLED_S = 1500;
/** Fan ratios and loads that the plant is looked at with: about what a day has. */
const LOW = { ratio: 0.35, loadW: 110 };
const HIGH = { ratio: 0.7, loadW: 200 };

/** Without work, at the plant's mean ambient. */
export function trueInstance(day: DayPlant): PlanInstance {
  const { board, parameters } = day;
  const low = settled(day, LOW);
  const high = settled(day, HIGH);
  const aims = slotAimsC(board);
  const shares = sharesOf(day);
  return {
    format: PLAN_INSTANCE_FORMAT,
    ambientC: parameters.ambient.baseC,
    horizonS: 3600,
    maxMoves: null,
    airMovers: board.airMovers.map(({ id, minRatio, maxFlowM3s, idlePowerW, maxPowerW }) => ({
      ...{ id, minRatio, maxFlowM3s, idlePowerW, maxPowerW },
      fixedRatio: null,
    })),
    slots: board.slots.map((slot, s): PlanSlot => {
      const { rKPerW, kFlow } = resistance(low[s]!, high[s]!);
      return {
        ...{ id: String(slot.number), idlePowerW: parameters.slots[s]!.idlePowerW, capacity: slot.capacity },
        ...{ powerCapW: slot.model.powerCapW, limitC: slot.limitC, openness: 1, share: shares[s]!, rKPerW, kFlow },
        marginK: slot.limitC - aims.get(slot.number)!,
      };
    }),
    recirculation: { kind: 'airflow', preheat: preheatOf(low, high) },
    workloads: [],
    rules: [],
    chassisPowerCapW: null,
  };
}

interface Look {
  readonly flowM3s: number;
  readonly powerW: number;
  readonly inletC: number;
  readonly temperatureC: number;
  readonly outletC: number;
  readonly ambientC: number;
  readonly breathes: readonly { readonly from: number; readonly fraction: number }[];
}

function plantOf({ parameters, board, openness }: DayPlant): Plant {
  const plant = new Plant({ parameters, limits: new Map(board.slots.map(({ number }) => [number, Infinity])) });
  for (const [slot, share] of openness) plant.setOpenness(slot, share);
  return plant;
}

function settled(day: DayPlant, { ratio, loadW }: typeof LOW): Look[] {
  const plant = plantOf(day);
  for (const { number } of day.board.slots) plant.setSlotLoadPower(number, loadW);
  plant.warmUp(ratio, SETTLED_S);
  const truth = plant.truth();
  const air = plant.air();
  const position = new Map(day.board.slots.map(({ number }, s) => [number, s]));
  return day.board.slots.map(({ number }) => {
    const { inletC, cpuC, outletC } = truth.slots.get(number)!;
    // work and idle: leakage is part of the resistance
    const powerW = loadW + (day.parameters.slots.find(({ slot }) => slot === number)?.idlePowerW ?? 0);
    const breathes = day.parameters.mixing
      .filter(({ to }) => to === number)
      .map(({ from, fraction }) => ({ from: position.get(from)!, fraction }));
    return {
      flowM3s: air.slotM3s.get(number)!,
      powerW,
      inletC,
      temperatureC: cpuC,
      outletC,
      ambientC: truth.ambientC,
      breathes,
    };
  });
}

/** r and k of T − I = P·(r + k·Q^-0.8) through both looks. */
function resistance(low: Look, high: Look): { rKPerW: number; kFlow: number } {
  const perW = (look: Look) => (look.temperatureC - look.inletC) / look.powerW;
  const x = (look: Look) => look.flowM3s ** -FLOW_EXPONENT;
  const kFlow = Math.max(0, (perW(low) - perW(high)) / (x(low) - x(high)));
  return { kFlow, rKPerW: Math.max(0, perW(low) - kFlow * x(low)) };
}

/** Heat of j that reaches s, also by way of what stands between; the chassis' own exhaust, which all breathe, evenly. */
function preheatOf(low: readonly Look[], high: readonly Look[]): number[][] {
  const count = low.length;
  const rows = Array.from({ length: count }, () => Array.from({ length: count }, () => 0));
  for (let s = 0; s < count; s++) {
    for (const { from, fraction } of low[s]!.breathes) {
      for (let j = 0; j < count; j++) rows[s]![j]! += fraction * ((j === from ? 1 : 0) + rows[from]![j]!);
    }
  }
  const wholeW = high.reduce((sum, look) => sum + look.powerW / (AIR_J_PER_M3K * look.flowM3s), 0);
  const evenly = high.map((look, s) => {
    const told = rows[s]!.reduce(
      (sum, part, j) => sum + (part * high[j]!.powerW) / (AIR_J_PER_M3K * high[j]!.flowM3s),
      0,
    );
    return Math.max(0, (look.inletC - look.ambientC - told) / wholeW);
  });
  return rows.map((row, s) => row.map((part) => part + evenly[s]!));
}

/** Part of each fan's free delivery that reaches each slot, from what changes when one fan runs slower. */
function sharesOf({ board, parameters, openness }: DayPlant): Record<string, number>[] {
  const flows = (slower: string | null) => {
    const plant = plantOf({ board, parameters, openness } as DayPlant);
    plant.warmUp(0.5, 1);
    if (slower !== null) plant.setFanRatio(slower, 0.45);
    plant.step(20);
    const air = plant.air();
    return board.slots.map(({ number }) => air.slotM3s.get(number)!);
  };
  const whole = flows(null);
  const parts = board.airMovers.map(({ id, maxFlowM3s }) => {
    const less = flows(id);
    return whole.map((flow, s) => Math.max(0, (flow - less[s]!) / (0.05 * maxFlowM3s)));
  });
  // scaled so that the sum is right at half speed
  return whole.map((flow, s) => {
    const told = board.airMovers.reduce((sum, { maxFlowM3s }, m) => sum + 0.5 * maxFlowM3s * parts[m]![s]!, 0);
    return Object.fromEntries(board.airMovers.map(({ id }, m) => [id, (parts[m]![s]! * flow) / told]));
  });
}
