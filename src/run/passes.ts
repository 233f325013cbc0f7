// The lists of passes that transforms and operations hand in: those above know of no emission.
export { batching, compiled, controlling, type Passes, passesHere, sharing } from "../emit/passes.ts";
