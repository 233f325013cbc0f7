// How values print in Node: one tidy line instead of their internals. Defined on first use, since a module that runs
// code when loaded stays in every bundle.

/** Lets Node print instances of the class of `prototype` as `show` says; `inspect` prints what is inside. */
export function printAs<T extends object>(
  prototype: T,
  show: (value: T, inspect: (inner: unknown) => string) => string,
): void {
  Object.defineProperty(prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(this: T, _depth: number, options: object, inspect?: (value: unknown, options: object) => string): string {
      return show(this, (inner) => inspect?.(inner, options) ?? String(inner));
    },
  });
}
