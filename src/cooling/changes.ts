// What changed between two states, as events for the log.
import { assertNever } from '../core/errors.ts';
import type { CoolingConfig } from './config.ts';
import { coolingEvent, type CoolingEvent } from './effect.ts';
import type { ZoneMode } from './mode.ts';
import type { TachometerState } from './tachometer.ts';

const WHY: Readonly<Record<TachometerState['cause'], string>> = {
  speed: 'is slower than its ratio asks',
  unreadable: 'cannot be watched: its tachometers do not answer',
};

export function fanEvents(
  config: CoolingConfig,
  before: Readonly<Record<string, { readonly tachometer: TachometerState }>>,
  after: Readonly<Record<string, { readonly tachometer: TachometerState }>>,
): CoolingEvent[] {
  return config.fans.flatMap(({ id }) => {
    const was = before[id]?.tachometer.health ?? 'ok';
    const is = after[id]?.tachometer;
    return is === undefined || was === is.health ? [] : [fanEvent(id, is)];
  });
}

function fanEvent(fan: string, { health, cause }: TachometerState): CoolingEvent {
  const source = `fan/${fan}`;
  switch (health) {
    case 'ok':
      return coolingEvent('info', source, 'fan-ok', `${fan} turns as it should`);
    case 'degraded':
      return coolingEvent('warning', source, 'fan-degraded', `${fan} ${WHY[cause]}; its neighbours make up`, { cause });
    case 'failed':
      return coolingEvent(
        'critical',
        source,
        'fan-failed',
        `${fan} has a rotor that does not turn; its neighbours make up`,
      );
    case 'absent':
      return coolingEvent('warning', source, 'fan-absent', `${fan} is not there; its neighbours make up`);
    default:
      return assertNever(health, 'fan health');
  }
}

export function zoneEvents(
  config: CoolingConfig,
  before: Readonly<Record<string, { readonly mode: ZoneMode }>>,
  after: Readonly<Record<string, { readonly mode: ZoneMode }>>,
): CoolingEvent[] {
  return config.zones.flatMap(({ id }) => {
    const was = before[id]?.mode;
    const is = after[id]?.mode;
    return was === undefined || is === undefined || was.kind === is.kind ? [] : [zoneEvent(id, is)];
  });
}

function zoneEvent(zone: string, mode: ZoneMode): CoolingEvent {
  const source = `zone/${zone}`;
  switch (mode.kind) {
    case 'startup':
      return coolingEvent('info', source, 'zone-startup', `zone ${zone} starts at full speed`);
    case 'control':
      return coolingEvent('info', source, 'zone-control', `zone ${zone} is controlled on its margins`);
    case 'failsafe':
      return coolingEvent('critical', source, 'zone-failsafe', `zone ${zone} goes to its failsafe: ${mode.reason}`, {
        reason: mode.reason,
      });
    default:
      return assertNever(mode, 'zone mode');
  }
}
