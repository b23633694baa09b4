// An order of the variables of a sparse symmetric system in which its rows stay short: reverse Cuthill–McKee (George &
// Liu, Computer Solution of Large Sparse Positive Definite Systems, chapter 4) over cliques, sets of variables that
// appear together. Variables that appear nearly everywhere come last, where they lengthen no other row.

/** A variable of more than this share of the cliques comes last. */
const HUB_SHARE = 0.2;
/** With so few cliques there are no hubs. */
const FEW = 20;

/** Position of every variable. */
export function eliminationOrder(size: number, cliques: readonly ArrayLike<number>[]): Int32Array {
  const memberships = new Int32Array(size + 1);
  for (const clique of cliques) for (let i = 0; i < clique.length; i++) memberships[clique[i]! + 1]!++;
  const hubAt = Math.max(FEW, HUB_SHARE * cliques.length);
  const isHub = Uint8Array.from({ length: size }, (_, v) => (memberships[v + 1]! > hubAt ? 1 : 0));
  const weight = new Float64Array(size);
  for (let v = 0; v < size; v++) memberships[v + 1]! += memberships[v]!;
  const member = new Int32Array(memberships[size]!);
  const fill = memberships.slice(0, size);
  cliques.forEach((clique, c) => {
    for (let i = 0; i < clique.length; i++) {
      member[fill[clique[i]!]!++] = c;
      weight[clique[i]!]! += clique.length;
    }
  });
  const spread = (from: number, isSeen: Uint8Array) => {
    const order = [from];
    const isUsed = new Uint8Array(cliques.length);
    isSeen[from] = 1;
    for (let at = 0; at < order.length; at++) {
      const v = order[at]!;
      const near: number[] = [];
      for (let i = memberships[v]!; i < memberships[v + 1]!; i++) {
        if (isUsed[member[i]!] === 1) continue;
        isUsed[member[i]!] = 1;
        const clique = cliques[member[i]!]!;
        for (let k = 0; k < clique.length; k++) {
          const w = clique[k]!;
          if (isSeen[w] === 1 || isHub[w] === 1) continue;
          isSeen[w] = 1;
          near.push(w);
        }
      }
      near.sort((a, b) => weight[a]! - weight[b]! || a - b);
      for (const w of near) order.push(w);
    }
    return order;
  };
  const isSeen = new Uint8Array(size);
  const placed: number[] = [];
  for (let v = 0; v < size; v++) {
    if (isSeen[v] === 1 || isHub[v] === 1) continue;
    // from an end of the component: the last variable reached from the last one reached
    const end = spread(v, isSeen.slice()).at(-1)!;
    const far = spread(end, isSeen.slice()).at(-1)!;
    for (const w of spread(far, isSeen)) placed.push(w);
  }
  placed.reverse();
  for (let v = 0; v < size; v++) if (isHub[v] === 1) placed.push(v);
  const position = new Int32Array(size);
  placed.forEach((v, p) => (position[v] = p));
  return position;
}
