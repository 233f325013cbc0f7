// How values print, in Node and as strings: one tidy line instead of their internals. Defined on first use, since a
// module that runs code when loaded stays in every bundle.

/**
 * Lets Node print instances of the class of `prototype` as `show` says; `inspect` prints what is inside. So does
 * `String`, unless the class says otherwise.
 */
export function printAs<T extends object>(
  prototype: T,
  show: (value: T, inspect: (inner: unknown) => string) => string,
): void {
  Object.defineProperty(prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(this: T, _depth: number, options: object, inspect?: (value: unknown, options: object) => string): string {
      return show(this, (inner) => inspect?.(inner, options) ?? String(inner));
    },
  });
  if (!(Symbol.toPrimitive in prototype) && !Object.hasOwn(prototype, "toString"))
    Object.defineProperty(prototype, "toString", {
      value(this: T): string {
        return show(this, String);
      },
    });
}
