// Every kernel: the families that scripts/build-kernels.mjs compiles to one module each.

export * from "./core";
export * from "./elementary";
export * from "./linalg";
