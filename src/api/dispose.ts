// `using x = …` calls the method under Symbol.dispose, which engines have had since 2023 to 2025 only.

/**
 * The key of that method. Without it in the engine, the one that the `using` of esbuild and of Babel looks for
 * instead.
 */
export const disposeKey = (): typeof Symbol.dispose =>
  Symbol.dispose ?? (Symbol.for("Symbol.dispose") as typeof Symbol.dispose);
