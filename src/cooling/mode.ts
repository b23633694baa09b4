// Which regime a zone is in, and the ratio that regime demands whatever the margins say.
//
//   startup ──every must-have sensor read once──▶ control ◀──good for RECOVERY_MS── failsafe
//                                                    └──lost, blind, fan deaf, alarm──▲ (at once)
import { assertNever } from '../core/errors.ts';
import type { CoolingZone } from './config.ts';
import type { Findings } from './margin.ts';

/** How long everything must be well before a zone leaves its failsafe. */
export const RECOVERY_MS = 10_000;

export type ZoneMode =
  | { readonly kind: 'startup' }
  | { readonly kind: 'control' }
  | { readonly kind: 'failsafe'; readonly reason: string; readonly goodSinceMs: number | null };

/** What troubles a zone besides its sensors. */
export interface Troubles {
  readonly deafFans: readonly string[];
  /** Slots in alarm. */
  readonly alarms: readonly number[];
}

export function nextMode(mode: ZoneMode, findings: Findings, troubles: Troubles, nowMs: number): ZoneMode {
  const trouble = troubleOf(findings, troubles);
  switch (mode.kind) {
    case 'startup':
      if (findings.unread.length > 0 || findings.blind) return mode;
      return trouble === null ? { kind: 'control' } : failsafe(trouble);
    case 'control':
      return trouble === null ? mode : failsafe(trouble);
    case 'failsafe': {
      if (trouble !== null) return failsafe(trouble);
      const goodSinceMs = mode.goodSinceMs ?? nowMs;
      return nowMs - goodSinceMs >= RECOVERY_MS ? { kind: 'control' } : { ...mode, goodSinceMs };
    }
    default:
      return assertNever(mode, 'zone mode');
  }
}

/** Why a zone cannot be controlled on its margins; null when it can. */
function troubleOf(findings: Findings, { deafFans, alarms }: Troubles): string | null {
  if (alarms.length > 0) return `alert of slot ${alarms.join(', ')} while its temperature could not be read`;
  if (findings.lost.length > 0) return `no reading of ${findings.lost.join(', ')}`;
  if (findings.blind) return 'none of its sensors can be read';
  if (deafFans.length > 0) return `no command reaches ${deafFans.join(', ')}`;
  return null;
}

function failsafe(reason: string): ZoneMode {
  return { kind: 'failsafe', reason, goodSinceMs: null };
}

export function floorOf(mode: ZoneMode, zone: CoolingZone): number {
  switch (mode.kind) {
    case 'startup':
      return 1;
    case 'control':
      return zone.minRatio;
    case 'failsafe':
      return Math.max(zone.minRatio, zone.failsafeRatio);
    default:
      return assertNever(mode, 'zone mode');
  }
}
