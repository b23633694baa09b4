// From what zones demand to one fan's ratio: plan, operator, flow lost by failed neighbours, slew down.
import { clamp } from '../core/units.ts';
import type { CoolingFan, CoolingZone } from './config.ts';
import type { FanHealth } from './tachometer.ts';
import type { ZoneOutcome } from './zone.ts';

export interface ServedZone {
  readonly zone: CoolingZone;
  readonly outcome: ZoneOutcome;
}

export interface FanSpeedInput {
  /** The zones the fan belongs to. */
  readonly served: readonly ServedZone[];
  /** Fixed by an operator; null = on the loop. */
  readonly manualRatio: number | null;
  /** By fan; empty without a plan. A plan does without the fans it gives 0. */
  readonly plannedRatios: Readonly<Record<string, number>>;
  readonly health: ReadonlyMap<string, FanHealth>;
  readonly previousRatio: number;
  readonly dtS: number;
}

/** The ratio to command now. Rises at once, falls at the slowest slew of its zones. A fan in no zone runs at full speed. */
export function fanRatio(fan: CoolingFan, input: FanSpeedInput): number {
  let target = input.served.length === 0 ? (input.manualRatio ?? 1) : 0;
  let slewDownPerS = Infinity;
  for (const { zone, outcome } of input.served) {
    target = Math.max(target, wanted(fan, zone, outcome, input));
    slewDownPerS = Math.min(slewDownPerS, zone.slewDownPerS);
  }
  const lowest = Number.isFinite(slewDownPerS) ? input.previousRatio - slewDownPerS * Math.max(0, input.dtS) : 0;
  return clamp(Math.max(target, lowest), fan.minRatio, 1);
}

function wanted(fan: CoolingFan, zone: CoolingZone, outcome: ZoneOutcome, input: FanSpeedInput): number {
  if (input.manualRatio !== null) return Math.max(input.manualRatio, outcome.protectRatio);
  const { plannedRatios, health } = input;
  const counted = zone.fans.filter((id) => (plannedRatios[id] ?? 0) > 0);
  const planned = withLostFlow(counted, plannedRatios[fan.id] ?? 0, health);
  return Math.max(withLostFlow(zone.fans, outcome.demandRatio, health), planned);
}

/** Air flow is proportional to speed: with n of m fans well, each has to do m/n of its share. */
function withLostFlow(fans: readonly string[], ratio: number, health: ReadonlyMap<string, FanHealth>): number {
  if (ratio === 0) return 0;
  const well = fans.filter((fan) => (health.get(fan) ?? 'ok') === 'ok').length;
  return well === 0 ? 1 : Math.min(1, (ratio * fans.length) / well);
}
