// What a slot's temperature is held at or under: its limit less its margin, and not above what the cooling loop of its
// zone steers for, or the planner would call a speed enough that the loop does not.
import type { Board, BoardSlot, BoardZone, SensorLimits } from '../board/schema.ts';

/** °C, by slot number. It is the board's and never changes: reckoned once. */
export function slotAimsC(board: Board): ReadonlyMap<number, number> {
  return new Map(board.slots.map((slot) => [slot.number, slotAimC(board, slot)]));
}

function slotAimC(board: Board, slot: BoardSlot): number {
  const sensor = slot.sensors.temperature;
  const ownC = slot.limitC - slot.marginK;
  const warningC = warningOf(limitsOf(board, sensor));
  const zones = board.zones.filter((zone) => zone.sensors.includes(sensor));
  return Math.min(ownC, ...zones.map((zone) => (warningC === null ? Infinity : warningC - zone.pi.targetMarginK)));
}

/** What the cooling loop of a zone steers a slot for, °C; null when the slot's temperature does not count there. */
export function loopAimC(board: Board, zone: BoardZone, slot: BoardSlot): number | null {
  const sensor = slot.sensors.temperature;
  const warningC = zone.sensors.includes(sensor) ? warningOf(limitsOf(board, sensor)) : null;
  return warningC === null ? null : warningC - zone.pi.targetMarginK;
}

function limitsOf(board: Board, sensor: string): SensorLimits | undefined {
  return board.devices.flatMap((device) => device.channels).find((channel) => channel.sensor === sensor)?.limits;
}

/** The threshold that the loop's margins are counted from. */
function warningOf(limits: SensorLimits | undefined): number | null {
  return limits?.warningHigh ?? limits?.criticalHigh ?? null;
}
