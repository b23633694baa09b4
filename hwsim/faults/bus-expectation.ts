// For tests: wait until something particular crosses a simulated bus.
import type { Clock } from '../../src/core/clock.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import type { BusTopology, TransferRecord } from '../bus/topology.ts';

/**
 * The first transaction from now on that `matches`.
 * @throws ColdslotError `failed` when none comes within `withinMs` of the clock's time; `what` says what was expected
 */
export function expectTransfer(
  topology: BusTopology,
  clock: Clock,
  what: string,
  withinMs: number,
  matches: (record: TransferRecord) => boolean,
): Promise<TransferRecord> {
  return new Promise((resolve, reject) => {
    let seen = 0;
    const timer = clock.after(`expect ${what}`, withinMs, () => {
      unwatch();
      reject(new ColdslotError('failed', what, `not seen within ${withinMs} ms, among ${seen} other transactions`));
    });
    const unwatch = topology.watch((record) => {
      if (!matches(record)) {
        seen++;
        return;
      }
      unwatch();
      timer.cancel();
      resolve(record);
    });
  });
}
