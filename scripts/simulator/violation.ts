// An invariant that does not hold: ends the run.

export class Violation extends Error {
  override readonly name = 'Violation';
}
