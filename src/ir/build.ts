// Building nodes: hash-consing, shape rules and local algebra, applied once, when a node is made.
import { fail } from "../errors.ts";
import { Node, type Params, type Primitive } from "./graph.ts";

/** The nodes made so far by one outermost transform call, or by one compiled function. */
export type Session = Map<string, Node>;

/** Dropped when the outermost call returns, so that nothing is kept alive. */
let session: Session | undefined;
let nextId = 1;
const numbers = new WeakMap<object, number>();
let nextNumber = 1;

/** Runs `body` in the open session, or in a new one; `own` is a session to take up again. */
export function inSession<T>(body: () => T, own?: Session): T {
  if (session && !own) return body();
  const outer = session;
  session = own ?? new Map();
  try {
    return body();
  } finally {
    session = outer;
  }
}

export const tracing = (): boolean => session !== undefined;

/** A number that identifies an object for hashing. */
function identity(object: object): number {
  let n = numbers.get(object);
  if (n === undefined) {
    n = nextNumber++;
    numbers.set(object, n);
  }
  return n;
}

function keyOf(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (Array.isArray(value)) {
    let s = "[";
    for (const v of value) s += `${keyOf(v)},`;
    return `${s}]`;
  }
  if (typeof value === "object" && value !== null) return `#${identity(value)}`;
  return String(value);
}

/** Whether parameters are the same, as hashing has it. */
export function sameParams(a: Params, b: Params): boolean {
  if (a === b) return true;
  const entries = (p: Params): string =>
    Object.entries(p)
      .map(([k, v]) => `${k}=${keyOf(v)}`)
      .join(";");
  return entries(a) === entries(b);
}

const EMPTY: Params = /* @__PURE__ */ Object.freeze({});

/** For traced values outside the trace that made them. */
export function leaked(where: string): never {
  return fail(
    "trace",
    `${where} is a traced value whose trace has ended; return it from the traced function instead of keeping it ` +
      "in an outer variable",
  );
}

/** Makes (or finds) the node `prim(inputs; params)`; `final`: as it is, by a rule of `prim` that has done its part. */
export function make<P extends Params>(
  prim: Primitive<P>,
  inputs: readonly Node[],
  params: P = EMPTY as P,
  final = false,
): Node {
  if (!session) leaked(`${prim.name}: an operand`);
  let key = final ? `${prim.name}!` : prim.name;
  for (const k in params) key += `;${k}=${keyOf(params[k])}`;
  for (const x of inputs) key += `,${x.id}`;
  const known = session.get(key);
  if (known) return known;
  const aval = prim.aval(inputs, params);
  const simple = final ? undefined : prim.simplify?.(inputs, params, aval);
  const node = simple ?? (new Node(nextId++, prim, inputs, params, aval.shape, aval.dtype) as Node);
  session.set(key, node);
  return node;
}

/** A node that equals no other, such as a parameter. */
export function makeUnique<P extends Params>(prim: Primitive<P>, params: P): Node {
  const aval = prim.aval([], params);
  return new Node(nextId++, prim, [], params, aval.shape, aval.dtype) as Node;
}
