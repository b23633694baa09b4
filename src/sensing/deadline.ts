// Waiting for work that may never end.
import { sleep, type Clock } from '../core/clock.ts';

/** Resolves when the work is done or the clock's time is up, whichever comes first. Failures of the work come through. */
export async function within(clock: Clock, deadlineMs: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  try {
    await Promise.race([work, sleep(clock, deadlineMs, done.signal)]);
  } finally {
    done.abort();
  }
}
