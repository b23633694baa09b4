// The form of a command, such as `move WORKLOAD SLOT [--dry-run]`. It is the help that people read and also what decides
// which words and options a command takes: lower case is typed as it stands, UPPER CASE is an argument, […] may be left out,
// … may be several.

export type FormWord =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'argument'; readonly isOptional: boolean };

export interface FormOption {
  readonly name: string;
  readonly takesValue: boolean;
  /** `F…`: one value or more. */
  readonly isList: boolean;
  readonly isRequired: boolean;
}

export interface Form {
  readonly text: string;
  readonly words: readonly FormWord[];
  readonly options: readonly FormOption[];
}

const PART = /\[--\S+(?: [A-Z]\S*)?\]|--\S+(?: [A-Z]\S*)?|\[[A-Z]+\]|\S+/g;

export function parseForm(text: string): Form {
  const words: FormWord[] = [];
  const options: FormOption[] = [];
  for (const [part] of text.matchAll(PART)) {
    const isOptional = part.startsWith('[');
    const [name = '', value] = part.replaceAll(/[[\]]/g, '').split(' ');
    if (name.startsWith('--'))
      options.push({
        name,
        takesValue: value !== undefined,
        isList: value?.endsWith('…') === true,
        isRequired: !isOptional,
      });
    else if (/^[A-Z]/.test(name)) words.push({ kind: 'argument', isOptional });
    else words.push({ kind: 'literal', text: name });
  }
  return { text, words, options };
}

/** The arguments among `words`, or null when these are not words of this form. */
export function argumentsIn(form: Form, words: readonly string[]): string[] | null {
  if (words.length > form.words.length) return null;
  const found: string[] = [];
  for (const [index, expected] of form.words.entries()) {
    const word = words[index];
    if (expected.kind === 'literal') {
      if (word !== expected.text) return null;
    } else if (word !== undefined) found.push(word);
    else if (!expected.isOptional) return null;
  }
  return found;
}

export function literalsOf(form: Form): string[] {
  return form.words.flatMap((word) => (word.kind === 'literal' ? [word.text] : []));
}
