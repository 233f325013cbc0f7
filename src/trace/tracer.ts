// The one Tensor: a stand-in for an array while a function is traced. It wraps a node, and knows no operation: those
// that are methods are put on its prototype by ops/methods.ts.
import { fail } from "../errors.ts";
import { type DType, type Shape, showAval, showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { counted } from "./hint.ts";
import { printAs } from "./print.ts";

/**
 * A traced array: what a function sees of its arguments while it is differentiated, batched or compiled. It has a
 * shape and an element type but no values, so it goes through operations (`add(x, 1)`, `x.add(1)`), never through
 * `+`, `>`,
 * `Math` or `[i]`. */
export class Tensor {
  /** The node it stands for. @internal */
  readonly node: Node;
  /** Whether it takes the floating-point type of what it meets, as plain numbers do. @internal */
  readonly weak: boolean;
  /** Weak, and a number or list that holds int32 values: stays int32 where it meets int32. @internal */
  readonly integral: boolean;

  /** @internal */
  constructor(node: Node, weak = false, integral = false) {
    this.node = node;
    this.weak = weak;
    this.integral = integral;
    refuseMembers();
    counted();
  }

  /** Extents of the axes. */
  get shape(): Shape {
    return [...this.node.shape]; // its owner's alone, who may change it
  }
  /** Element type. */
  get dtype(): DType {
    return this.node.dtype;
  }
  /** Number of axes. */
  get ndim(): number {
    return this.node.shape.length;
  }
  /** Number of elements. */
  get size(): number {
    return this.node.size;
  }
  /** Extent of the first axis. */
  get length(): number {
    return this.node.shape[0] ?? fail("axis", "length: a traced scalar has no axes, so no length");
  }

  /** Traced values are not numbers: says which operation to use. */
  [Symbol.toPrimitive](hint: string): never {
    const type = `a traced ${showAval(this.node)}`;
    if (hint === "string")
      fail(
        "trace",
        `${type} has no value to print while its function is traced; return it, or print its shape and dtype`,
      );
    fail(
      "trace",
      `${type} cannot be used as a number: operators (x + 1, x > 0) and Math functions do not work on it; use ` +
        "add(x, 1), gt(x, 0), sin(x), and where(condition, a, b) to choose by value",
    );
  }

  toJSON(): never {
    return this[Symbol.toPrimitive]("string");
  }
  get [Symbol.toStringTag](): string {
    return `Tensor ${showAval(this.node)}`;
  }
}

/** Operations that are methods in programs that use the entry "hvp" (ops/methods.ts). */
const METHODS =
  "T add sub mul div pow neg abs square sqrt sign reciprocal clip exp expm1 log log1p sin cos tan atan tanh " +
  "sigmoid softplus lt le gt ge eq ne sum mean max min prod dot matmul reshape ravel transpose expandDims " +
  "squeeze flip astype slice at take";
/** Operations that users of other libraries expect to be methods. */
const FUNCTIONS =
  "concat sort any all relu gelu softmax logSoftmax logsumexp norm std variance median cumsum cumprod argmax " +
  "argmin argsort topK floor ceil round erf sinh cosh asin acos log2 maximum minimum hypot where pad roll " +
  "diagonal trace det inv outer isnan erfc logNdtr";

/** Properties of arrays that hold values. */
const VALUES = "data buffer byteLength byteOffset BYTES_PER_ELEMENT";

let refused = false;
/**
 * Makes `x[0]`, `x.data`, `x.map(f)` and methods that are not attached errors with a remedy instead of undefined, and
 * printing one line. Done when the first tracer is made, so that importing has no effect.
 */
function refuseMembers(): void {
  if (refused) return;
  refused = true;
  printAs(Tensor.prototype, ({ node }) => `Tensor ${showAval(node)}`);
  refuseQuestions();
  refuseCalls();
  refuseIndices();
}
/** Asking for values is an error, and without methods for one of them: `x.T` too, which nobody calls. */
function refuseQuestions(): void {
  const refuse = (name: string | symbol, message: string): void => {
    if (name in Tensor.prototype) return;
    Object.defineProperty(Tensor.prototype, name, { configurable: true, get: () => fail("trace", message) });
  };
  for (const name of VALUES.split(" "))
    refuse(
      name,
      `x.${name}: a traced value has a shape and a type but no values; compute with operations on x, or return it`,
    );
  for (const name of METHODS.split(" "))
    refuse(
      name,
      `x.${name}: traced values of "hvp/functions" have no methods; write ` +
        `${name === "T" ? "transpose" : name}(x, …)`,
    );
  refuse(Symbol.iterator, 'traced values of "hvp/functions" cannot be iterated over; take elements with at(x, i)');
}
/** Calls of methods that no traced value has, not mere questions for them: `typeof x.map` stays an answer. */
function refuseCalls(): void {
  const functions = FUNCTIONS.split(" ");
  const other: Record<string, string> = {
    set: "write scatterSet(x, [i], v)",
    get: "write at(x, i)",
    subarray: "write slice(x, [start, stop])",
    toArray: "return it",
  };
  for (const name of [...functions, ...Object.keys(other), ...Object.getOwnPropertyNames(Array.prototype)])
    if (!(name in Tensor.prototype))
      Object.defineProperty(Tensor.prototype, name, {
        value() {
          const remedy = functions.includes(name)
            ? `write ${name}(x)`
            : (other[name] ?? "operations take all of it; vmap(f)(x) is f of every row");
          fail("trace", `x.${name}() does not work on a traced value; ${remedy}`);
        },
      });
}
function refuseIndices(): void {
  for (let i = -8; i < 128; i++) {
    Object.defineProperty(Tensor.prototype, i, {
      get(this: Tensor) {
        return fail(
          "trace",
          `x[${i}] does not work on a traced value of shape ${showShape(this.shape)}; use at(x, ${i})`,
        );
      },
      set() {
        fail("trace", `x[${i}] = … does not work: traced values cannot be changed; use scatterSet, where or stack`);
      },
    });
  }
}
