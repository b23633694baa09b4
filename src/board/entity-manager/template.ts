// entity-manager's templates: `$bus`, `$BOARD_PRODUCT_NAME`, and arithmetic behind them such as `$bus % 100 + 15`, which
// is reckoned from left to right in whole numbers, without precedence (its src/entity_manager/expression.cpp).
import { isFields, type Fields } from './configuration.ts';

/** What is known of the FRU that was found: name in lower case → value. */
export type Given = ReadonlyMap<string, string>;

export interface Resolved {
  readonly fields: Fields;
  /** Names that no value was given for, as they stand in the file, such as `$bus`. */
  readonly needs: readonly string[];
}

/** Names that stand for where the FRU was found; others are fields of its contents. */
const PLACE = /^(?:bus|address|index)/i;
const NAME = /\$([A-Za-z][A-Za-z0-9_]*)/g;
const ARITHMETIC = /^(?: [-+*/%] \d+)+/;
const STEP = / ([-+*/%]) (\d+)/g;

/** All texts in the entry, at any depth, with the values put in; a text with a name not given stays as it is. */
export function resolveTemplates(fields: Fields, given: Given): Resolved {
  const needs = new Set<string>();
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return resolveText(value, given, needs);
    if (Array.isArray(value)) return value.map(walk);
    return isFields(value) ? walkFields(value) : value;
  };
  const walkFields = (value: Fields): Fields =>
    Object.fromEntries(Object.entries(value).map(([key, one]) => [key, walk(one)]));
  return { fields: walkFields(fields), needs: [...needs] };
}

function resolveText(text: string, given: Given, needs: Set<string>): string {
  let result = '';
  let from = 0;
  for (const match of text.matchAll(NAME)) {
    if (match.index < from) continue;
    const name = templateName(match[1] ?? '', given);
    const value = given.get(name.toLowerCase());
    if (value === undefined) {
      needs.add(`$${name}`);
      continue;
    }
    const end = match.index + 1 + name.length;
    const arithmetic = ARITHMETIC.exec(text.slice(end))?.[0] ?? '';
    const number = arithmetic === '' ? value : evaluate(value, arithmetic);
    if (number === null) {
      needs.add(`$${name} as a number that${arithmetic} can be done with`);
      continue;
    }
    result += text.slice(from, match.index) + number;
    from = end + arithmetic.length;
  }
  return result + text.slice(from);
}

/** `$bus_TEMP` is `$bus` and text: the longest name that was given, else the place's. */
function templateName(word: string, given: Given): string {
  const names = [...given.keys()].filter((name) => word.toLowerCase().startsWith(name));
  const longest = names.toSorted((a, b) => b.length - a.length)[0];
  return longest === undefined ? (PLACE.exec(word)?.[0] ?? word) : word.slice(0, longest.length);
}

/** null where the value is no whole number, or is divided by 0. */
function evaluate(value: string, arithmetic: string): string | null {
  let result = Number(value);
  if (value.trim() === '') return null;
  for (const [, operator, operand] of arithmetic.matchAll(STEP)) {
    result = operate(result, operator ?? '', Number(operand));
  }
  return Number.isInteger(result) ? String(result) : null;
}

/** As C++ does with int: division and remainder go towards zero. */
function operate(a: number, operator: string, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return Math.trunc(a / b);
    default:
      return (a % b) + 0; // +0: no negative zero
  }
}
