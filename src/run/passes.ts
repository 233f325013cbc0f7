// The lists of passes that transforms and operations hand in: those above know of no emission.
export { compiled, controlling, type Passes, passesHere, sharing } from "../emit/passes.ts";
