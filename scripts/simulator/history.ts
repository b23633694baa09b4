// Who did what when, kept only for runs that are to be told: a run that nobody reads writes nothing.

export class History {
  readonly on: boolean;
  readonly lines: string[] = [];
  readonly #nowMs: () => number;

  constructor(on: boolean, nowMs: () => number) {
    this.on = on;
    this.#nowMs = nowMs;
  }

  /** Ask `on` first where the text costs something. */
  note(who: string, what: string): void {
    if (!this.on) return;
    const atS = (this.#nowMs() / 1000).toFixed(3).padStart(9);
    this.lines.push(`${atS} s  ${who.padEnd(10)}  ${what}`);
  }
}
