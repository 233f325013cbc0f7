// Computations with calls on their way that may return promises: driven at once, or awaited.

/** A call that the outermost driver makes: it is given what the call returned, or what its promise became. */
export type Call = () => unknown;
/** A computation of a `T` with calls on its way. */
export type Calling<T> = Generator<Call, T, unknown>;

/** Calls one after the other, at once. */
export function atOnce<T>(calling: Calling<T>): T {
  let step = calling.next();
  while (!step.done) step = calling.next(step.value());
  return step.value;
}
/** Calls one after the other, each awaited. */
export async function awaited<T>(calling: Calling<T>): Promise<T> {
  let step = calling.next();
  while (!step.done) step = calling.next(await step.value());
  return step.value;
}
/** One without calls. */
// biome-ignore lint/correctness/useYield: that is the point of it
export function* withoutCalls<T>(make: () => T): Calling<T> {
  return make();
}
