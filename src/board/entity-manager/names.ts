// entity-manager's names → names of a board: letters, digits, _ . -, at most 48, each once.

const MAX_LENGTH = 48;

export class NameBook {
  readonly #taken = new Set<string>();

  /** A name nobody has: `-2`, `-3` … are added where it is taken. */
  take(raw: string): string {
    const plain = boardName(raw);
    for (let copy = 1; ; copy++) {
      const suffix = copy === 1 ? '' : `-${copy}`;
      const name = `${plain.slice(0, MAX_LENGTH - suffix.length)}${suffix}`;
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
  }
}

/** Blanks become _, as on D-Bus. */
export function boardName(raw: string): string {
  const plain = raw.replaceAll(/[^A-Za-z0-9_.-]+/g, '_').replace(/^[_.-]+/, '');
  return plain === '' ? 'unnamed' : plain.slice(0, MAX_LENGTH);
}
