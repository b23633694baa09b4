// entity-manager's probes: a list of conditions with AND, OR, MATCH_ONE between them, each `TRUE`, `FALSE`,
// `FOUND('configuration')` or `interface({'PROPERTY': 'pattern', …})`. Read from left to right as entity-manager does.
import type { Given } from './template.ts';

/** `unknown` where a property is asked for that nobody gave. */
export type Verdict = { readonly kind: 'holds' } | { readonly kind: 'fails' } | Unknown;
interface Unknown {
  readonly kind: 'unknown';
  /** Properties asked for. */
  readonly asks: readonly string[];
}

const HOLDS: Verdict = { kind: 'holds' };
const FAILS: Verdict = { kind: 'fails' };
const MATCH = /(['"]?)([A-Za-z0-9_]+)\1\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(-?\d+))/g;

/** In one line, as it stands in the file. */
export function probeText(probe: unknown): string {
  const parts = Array.isArray(probe) ? probe : [probe];
  return parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part ?? null))).join(' ');
}

/** @param found names of configurations that hold */
export function judgeProbe(probe: unknown, given: Given, found: ReadonlySet<string>): Verdict {
  const parts: readonly unknown[] = Array.isArray(probe) ? probe : [probe];
  let verdict: Verdict | null = null;
  let joint: 'and' | 'or' = 'or';
  for (const part of parts) {
    if (part === 'AND') joint = 'and';
    else if (part === 'OR') joint = 'or';
    else if (part !== 'MATCH_ONE') {
      const next = judgeCondition(part, given, found);
      verdict = verdict === null ? next : joint === 'and' ? both(verdict, next) : either(verdict, next);
    }
  }
  return verdict ?? { kind: 'unknown', asks: [] };
}

function judgeCondition(condition: unknown, given: Given, found: ReadonlySet<string>): Verdict {
  if (typeof condition !== 'string') return { kind: 'unknown', asks: [] };
  if (condition === 'TRUE') return HOLDS;
  if (condition === 'FALSE') return FAILS;
  const named = /^FOUND\(\s*['"](.*)['"]\s*\)$/.exec(condition)?.[1];
  if (named !== undefined) return found.has(named) ? HOLDS : { kind: 'unknown', asks: [] };
  return [...condition.matchAll(MATCH)].reduce<Verdict>((verdict, match) => both(verdict, judgeMatch(match, given)), {
    kind: 'holds',
  });
}

function judgeMatch([, , key = '', single, double, number]: RegExpMatchArray, given: Given): Verdict {
  const value = given.get(key.toLowerCase());
  if (value === undefined) return { kind: 'unknown', asks: [key] };
  if (number !== undefined) return Number(value) === Number(number) ? HOLDS : FAILS;
  const pattern = single ?? double ?? '';
  try {
    return new RegExp(pattern).test(value) ? HOLDS : FAILS;
  } catch {
    return value.includes(pattern) ? HOLDS : FAILS; // not a pattern: text
  }
}

function both(a: Verdict, b: Verdict): Verdict {
  if (a.kind === 'fails' || b.kind === 'fails') return FAILS;
  return unknownOf(a, b) ?? HOLDS;
}

function either(a: Verdict, b: Verdict): Verdict {
  if (a.kind === 'holds' || b.kind === 'holds') return HOLDS;
  return unknownOf(a, b) ?? FAILS;
}

function unknownOf(...verdicts: readonly Verdict[]): Unknown | null {
  const unknown = verdicts.filter((verdict) => verdict.kind === 'unknown');
  return unknown.length === 0 ? null : { kind: 'unknown', asks: unknown.flatMap(({ asks }) => asks) };
}
