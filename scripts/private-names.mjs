// Names of properties that no user of the package sees, so that the build may shorten them: minifiers of applications
// shorten local names, but must leave properties alone.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/**
 * Properties of the language and its standard objects, which a shortened name must never stand for: what TypeScript
 * knows of them …
 */
const standard = new Set();
const libraries = path.dirname(ts.getDefaultLibFilePath({}));
for (const file of readdirSync(libraries))
  if (/^lib\.es(?!.*intl).*\.d\.ts$/.test(file)) collectTypes(path.join(libraries, file));
/** … and what this engine has, which may be newer. */
for (const object of [
  TextEncoder,
  WebAssembly,
  WebAssembly.Instance,
  WebAssembly.Memory,
  WebAssembly.Module,
  globalThis,
])
  collect(object);

function collectTypes(file) {
  const visit = (node) => {
    if (ts.isTypeElement(node) && node.name && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name)))
      standard.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true));
}

function collect(object) {
  for (let o of [object, object.prototype])
    for (; o !== null && o !== undefined; o = Object.getPrototypeOf(o))
      for (const name of Object.getOwnPropertyNames(o)) standard.add(name);
}

/** Keys of the descriptors that standard functions take. */
for (const key of "value enumerable configurable writable get set initial maximum shared cause env memory".split(" "))
  standard.add(key);

/**
 * Folders and files whose objects no user sees, and the folder of the primitives, whose records are such objects; but
 * parameters of operations are shown.
 */
const INTERNAL = /^(?:(?:ad|ir|opt|emit|run)\b|primitives\/(?:define|factorization)\.ts)/;
const RECORDS = /^primitives\b/;
/** What is in no bundle. */
const ABSENT = /^primitives\/index\.ts/;

/**
 * The names of private members, and of all members of internal classes and interfaces, in the TypeScript files under
 * `folder` that nothing else there is called.
 */
export function privateNames(folder) {
  const [hidden, others] = [new Set(), new Set()];
  const modifiers = (node) => (ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : []);
  const isPrivate = (node) =>
    modifiers(node).some((m) => [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword].includes(m.kind));
  let internal = false;
  let records = false;
  const visit = (node) => {
    const local = ts.isBindingElement(node) && node.propertyName; // `const { property: local } = …`
    const name =
      !local && node.name && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name)) ? node.name.text : undefined;
    const member =
      (ts.isClassElement(node) && ts.isClassLike(node.parent)) || (ts.isParameter(node) && modifiers(node).length > 0);
    const written = ts.isObjectLiteralElement(node) || ts.isBindingElement(node);
    if (name !== undefined) {
      if ((member && (internal || isPrivate(node))) || (internal && ts.isTypeElement(node))) hidden.add(name);
      else if (member || ts.isTypeElement(node) || (written && !internal && !records)) others.add(name);
    }
    if (!internal && !records && ts.isBindingElement(node) && node.propertyName && ts.isIdentifier(node.propertyName))
      others.add(node.propertyName.text);
    // Perhaps the name of a property that is computed; a type is none.
    if (ts.isStringLiteralLike(node) && !ts.isLiteralTypeNode(node.parent)) others.add(node.text);
    ts.forEachChild(node, visit);
  };
  for (const file of readdirSync(folder, { recursive: true })) {
    if (!file.endsWith(".ts") || file.endsWith(".gen.ts") || ABSENT.test(file)) continue;
    internal = INTERNAL.test(file);
    records = RECORDS.test(file);
    visit(ts.createSourceFile(file, readFileSync(path.join(folder, file), "utf8"), ts.ScriptTarget.ES2022, true));
  }
  return [...hidden].filter((name) => !others.has(name) && !standard.has(name));
}
