// The independent judge of exactly-once: from the counter logs of one workload, wherever it has been, finds a count
// that went backwards and processes that advanced it side by side.

export interface CounterLine {
  readonly count: number;
  readonly pid: number;
  readonly epoch: number;
  readonly atMs: number;
}

export interface CounterViolation {
  readonly kind: 'backwards' | 'interleaved' | 'malformed' | 'epoch-backwards';
  readonly text: string;
}

/** Logs travel with the work, so the same line may be in several of them. `null` for a line that is none. */
export function parseCounterLine(line: string): CounterLine | null {
  const parts = /^(\d+) (\d+) (\d+) (\d+)$/.exec(line);
  if (parts === null) return null;
  return { count: Number(parts[1]), pid: Number(parts[2]), epoch: Number(parts[3]), atMs: Number(parts[4]) };
}

/**
 * @param logs contents of all `counter.log` files of one workload, over all sleds and epochs
 * @param undoneEpochs epochs whose Move was undone: what they counted was given up with them
 */
export function counterViolations(logs: readonly string[], undoneEpochs: readonly number[] = []): CounterViolation[] {
  const texts = new Set<string>();
  const violations: CounterViolation[] = [];
  for (const log of logs) {
    // a line that a kill cut short is at the end and has no line feed
    for (const line of log.split('\n').slice(0, -1)) if (line !== '') texts.add(line);
  }
  const lines: CounterLine[] = [];
  for (const text of texts) {
    const line = parseCounterLine(text);
    if (line === null) violations.push({ kind: 'malformed', text: `not a counter line: ${text.slice(0, 80)}` });
    else if (!undoneEpochs.includes(line.epoch)) lines.push(line);
  }
  lines.sort((a, b) => a.atMs - b.atMs || a.count - b.count);
  return [...violations, ...courseViolations(lines)];
}

function courseViolations(lines: readonly CounterLine[]): CounterViolation[] {
  const violations: CounterViolation[] = [];
  const left = new Set<number>();
  let before: CounterLine | null = null;
  for (const line of lines) {
    if (before !== null && line.count <= before.count) {
      violations.push({ kind: 'backwards', text: `${shown(before)} was followed by ${shown(line)}` });
    }
    if (before !== null && line.epoch < before.epoch) {
      violations.push({ kind: 'epoch-backwards', text: `${shown(before)} was followed by ${shown(line)}` });
    }
    if (before !== null && line.pid !== before.pid) {
      left.add(before.pid);
      if (left.has(line.pid)) {
        violations.push({ kind: 'interleaved', text: `${shown(line)} although process ${before.pid} had taken over` });
      }
    }
    before = line;
  }
  return violations;
}

function shown(line: CounterLine): string {
  return `count ${line.count} by process ${line.pid} at epoch ${line.epoch}`;
}
