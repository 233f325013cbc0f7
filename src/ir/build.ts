// Building nodes: hash-consing, shape rules and local algebra, applied once, when a node is made.
import { fail } from "../errors.ts";
import { Node, type Params, type Primitive } from "./graph.ts";

/** The nodes and the closed graphs (closed.ts) made so far by one outermost transform call, or compiled function. */
export interface Session {
  readonly nodes: Map<string, Node>;
  readonly graphs: Map<string, object>;
  /** What its operations have brought: passes that pay for them, which no other program need carry. */
  readonly brought: Set<object>;
}
export const newSession = (): Session => ({ nodes: new Map(), graphs: new Map(), brought: new Set() });

/** Dropped when the outermost call returns, so that nothing is kept alive. */
let session: Session | undefined;
let nextId = 1;
const numbers = new WeakMap<object, number>();
let nextNumber = 1;

/** Runs `body` in the open session, or in a new one; `own` is a session to take up again. */
export function inSession<T>(body: () => T, own?: Session): T {
  if (session && !own) return body();
  const outer = session;
  session = own ?? newSession();
  try {
    return body();
  } finally {
    session = outer;
  }
}

/** Runs `body` apart from the nodes made so far: what it makes equals none of them, also where it could. */
export function apart<T>(body: () => T): T {
  return inSession(body, session && { ...session, nodes: new Map() });
}

/** Brings `passes` to whoever compiles what the open session makes. */
export function bring(passes: object): void {
  session?.brought.add(passes);
}
/** What the operations of the open session have brought. */
export const brought = (): readonly object[] => [...(session?.brought ?? [])];

export const tracing = (): boolean => session !== undefined;

/** The object of the open session that `key` stands for, so that equal ones are one. */
export function interned<T extends object>(key: string, make: () => T): T {
  if (!session) return make();
  let found = session.graphs.get(key);
  if (!found) session.graphs.set(key, (found = make()));
  return found as T;
}

/** A number that identifies an object for hashing. */
function identity(object: object): number {
  let n = numbers.get(object);
  if (n === undefined) {
    n = nextNumber++;
    numbers.set(object, n);
  }
  return n;
}

/**
 * What tells `value` from other parameters: plain data by its content, other objects by what `other` says, which is
 * their identity unless stated. The content of arrays in memory may change, so they are other objects.
 */
export function keyOf(value: unknown, other: (object: object) => string = (x) => `#${identity(x)}`): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function" || (typeof value === "object" && value !== null)) {
    if (Array.isArray(value)) return `[${value.map((v) => keyOf(v, other)).join()}]`;
    return Object.getPrototypeOf(value) === Object.prototype ? `{${entriesOf(value, other)}}` : other(value);
  }
  return String(value);
}
/** The same of the entries of parameters. */
export function entriesOf(params: Params, other?: (object: object) => string): string {
  let s = "";
  for (const k in params) s += `;${k}=${keyOf((params as Record<string, unknown>)[k], other)}`;
  return s;
}

/** Whether parameters are the same, as hashing has it. */
export function sameParams(a: Params, b: Params): boolean {
  return a === b || entriesOf(a) === entriesOf(b);
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
  let key = (final ? `${prim.name}!` : prim.name) + entriesOf(params);
  for (const x of inputs) key += `,${x.id}`;
  const known = session.nodes.get(key);
  if (known) return known;
  const aval = prim.aval(inputs, params);
  const simple = final ? undefined : prim.simplify?.(inputs, params, aval);
  const node = simple ?? (new Node(nextId++, prim, inputs, params, aval.shape, aval.dtype) as Node);
  session.nodes.set(key, node);
  return node;
}

/** A node that equals no other, such as a parameter. */
export function makeUnique<P extends Params>(prim: Primitive<P>, params: P): Node {
  const aval = prim.aval([], params);
  return new Node(nextId++, prim, [], params, aval.shape, aval.dtype) as Node;
}
