// zod's issues → findings that say what was expected, with the keys a place knows when one is unknown.
import type * as z from 'zod';
import { finding, type Finding } from './finding.ts';

type Issue = z.core.$ZodIssue;
/** As much of a JSON Schema as naming the keys of a place needs. */
interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

/** @param jsonSchema the JSON Schema of what was parsed, for the names of known keys */
export function schemaFindings(issues: readonly Issue[], value: unknown, jsonSchema: unknown): readonly Finding[] {
  return issues.flatMap((issue) => issueFindings(issue, [], value, jsonSchema as SchemaNode));
}

function issueFindings(issue: Issue, base: readonly PropertyKey[], value: unknown, root: SchemaNode): Finding[] {
  const path = [...base, ...issue.path];
  switch (issue.code) {
    case 'invalid_type':
      return [finding(path, `expected ${article(issue.expected)}, ${foundAt(value, path)}`)];
    case 'invalid_value':
      return [finding(path, `expected ${choice(issue.values)}, ${foundAt(value, path)}`)];
    case 'unrecognized_keys': {
      const known = knownKeys(root, path);
      return issue.keys.map((key) =>
        finding([...path, key], `unknown key; expected only ${known.length > 0 ? known.join(', ') : 'known keys'}`),
      );
    }
    case 'invalid_union':
      return unionFindings(issue, path, value, root);
    case 'invalid_key':
      return [finding(path, issue.issues[0]?.message ?? issue.message)];
    case 'invalid_format':
      return [finding(path, `${formatText(issue.message, issue.pattern)}, ${foundAt(value, path)}`)];
    case 'too_big':
      return [finding(path, `expected ${sizeWord(issue.origin)} at most ${issue.maximum}, ${foundAt(value, path)}`)];
    case 'too_small':
      return [finding(path, `expected ${lowerBound(issue)}, ${foundAt(value, path)}`)];
    default:
      return [finding(path, issue.message)];
  }
}

/** What the alternative that comes closest to the value expects; single values are listed as a choice. */
function unionFindings(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: readonly PropertyKey[],
  value: unknown,
  root: SchemaNode,
): Finding[] {
  if ('options' in issue && Array.isArray(issue.options) && issue.errors.length === 0) {
    return [finding(path, `expected ${choice(issue.options)}, ${foundAt(value, path)}`)];
  }
  const values = issue.errors.flatMap((alternative) =>
    alternative.flatMap((inner) => (inner.code === 'invalid_value' && inner.path.length === 0 ? inner.values : [])),
  );
  if (values.length > 0) return [finding(path, `expected ${choice(values)}, ${foundAt(value, path)}`)];
  const closest = issue.errors.toSorted((a, b) => a.length - b.length)[0] ?? [];
  return closest.flatMap((inner) => issueFindings(inner, path, value, root));
}

function lowerBound(issue: Extract<Issue, { code: 'too_small' }>): string {
  const comparison = issue.inclusive === false ? 'more than' : 'at least';
  return `${sizeWord(issue.origin)} ${comparison} ${issue.minimum}`;
}

function sizeWord(origin: string): string {
  if (origin === 'array') return 'a list of';
  return origin === 'string' ? 'a text of' : 'a number of';
}

function formatText(message: string, pattern: string | undefined): string {
  return message.startsWith('expected') ? message : `expected a text like ${pattern ?? 'the schema’s'}`;
}

function choice(values: readonly unknown[]): string {
  const texts = values.map((value) => JSON.stringify(value));
  return texts.length === 1 ? String(texts[0]) : `one of ${texts.join(', ')}`;
}

function article(type: string): string {
  const words: Readonly<Record<string, string>> = {
    array: 'a list',
    int: 'a whole number',
    object: 'an object',
    record: 'an object',
    string: 'a text',
    boolean: 'true or false',
  };
  return words[type] ?? `a ${type}`;
}

/** `it is missing`, or what is there instead, cut short. */
function foundAt(root: unknown, path: readonly PropertyKey[]): string {
  let value = root;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  if (value === undefined) return 'it is missing';
  const text = JSON.stringify(value);
  return `found ${text.length > 40 ? `${text.slice(0, 37)}…` : text}`;
}

function knownKeys(root: SchemaNode, path: readonly PropertyKey[]): string[] {
  let nodes: readonly SchemaNode[] = alternatives(root);
  for (const key of path) {
    const next = nodes.map((node) => (typeof key === 'number' ? node.items : node.properties?.[String(key)]));
    nodes = next.filter((node) => node !== undefined).flatMap(alternatives);
  }
  return [...new Set(nodes.flatMap((node) => Object.keys(node.properties ?? {})))];
}

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  const inner = node.anyOf ?? node.oneOf;
  return inner === undefined ? [node] : inner.flatMap(alternatives);
}
