// Thresholds with hysteresis: a level is entered at its limit and left `hysteresis` on the good side of it.
import type { SensorLimits } from '../board/schema.ts';

export type Level = 'ok' | 'warning' | 'critical';

export function nextLevel(limits: SensorLimits, hysteresis: number, level: Level, value: number): Level {
  const criticalBy = level === 'critical' ? hysteresis : 0;
  if (beyond(value, limits.criticalHigh, limits.criticalLow, criticalBy)) return 'critical';
  const warningBy = level === 'ok' ? 0 : hysteresis;
  return beyond(value, limits.warningHigh, limits.warningLow, warningBy) ? 'warning' : 'ok';
}

function beyond(value: number, high: number | undefined, low: number | undefined, by: number): boolean {
  return (high !== undefined && value >= high - by) || (low !== undefined && value <= low + by);
}
