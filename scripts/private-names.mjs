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
const INTERNAL = new RegExp(
  "^(?:(?:ad|ir|opt|emit|run)/|primitives/(?:define|factorization)\\.ts|trace/(?:convert|promote|trace|tree)\\.ts|" +
    "api/(?:bound-data|calls|common|compiled-function|compiled-objective|dense-hessian|directions|hessian-blocks|linear-map|objective-graph|" +
    "point-programs|point-shape)\\.ts)",
);
const RECORDS = /^primitives\b/;
/**
 * Folders whose objects users see where their type is exported: what functions there pass to one another is none of
 * them.
 */
const PLUMBING = /^api\b/;
/** What is in no bundle. */
const ABSENT = /^primitives\/index\.ts/;

/**
 * The names of private members, and of all members of internal classes and interfaces, in the TypeScript files under
 * `folder` that nothing else there is called.
 */
export function privateNames(folder) {
  const [hidden, others, marked] = [new Set(), new Set(), new Set()];
  const modifiers = (node) => (ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : []);
  const isPrivate = (node) =>
    modifiers(node).some((m) => [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword].includes(m.kind));
  // Whoever may see such a member is told that it is not for users, wherever else the word stands.
  const isMarked = (node) => ts.isClassElement(node) && text.slice(node.pos, node.getStart()).includes("@internal");
  let text = "";
  let internal = false;
  let records = false;
  let plumbing = false;
  const isExported = (node) => {
    for (let n = node.parent; n; n = n.parent)
      if (ts.isInterfaceDeclaration(n)) return modifiers(n).some((m) => m.kind === ts.SyntaxKind.ExportKeyword);
    return true;
  };
  const visit = (node) => {
    const local = ts.isBindingElement(node) && node.propertyName; // `const { property: local } = …`
    const name =
      !local && node.name && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name)) ? node.name.text : undefined;
    const member =
      (ts.isClassElement(node) && ts.isClassLike(node.parent)) || (ts.isParameter(node) && modifiers(node).length > 0);
    const written = ts.isObjectLiteralElement(node) || ts.isBindingElement(node);
    if (name !== undefined && isMarked(node)) marked.add(name);
    if (name !== undefined) {
      if ((member && (internal || isPrivate(node))) || (internal && ts.isTypeElement(node))) hidden.add(name);
      else if (plumbing && ts.isTypeElement(node) && !isExported(node)) hidden.add(name);
      else if (member || ts.isTypeElement(node) || (written && !internal && !records && !plumbing)) others.add(name);
    }
    if (
      !internal &&
      !records &&
      !plumbing &&
      ts.isBindingElement(node) &&
      node.propertyName &&
      ts.isIdentifier(node.propertyName)
    )
      others.add(node.propertyName.text);
    // Perhaps the name of a property that is computed; a type is none.
    if (ts.isStringLiteralLike(node) && !ts.isLiteralTypeNode(node.parent)) others.add(node.text);
    ts.forEachChild(node, visit);
  };
  for (const file of readdirSync(folder, { recursive: true })) {
    if (!file.endsWith(".ts") || file.endsWith(".gen.ts") || ABSENT.test(file)) continue;
    internal = INTERNAL.test(file);
    records = RECORDS.test(file);
    plumbing = PLUMBING.test(file);
    text = readFileSync(path.join(folder, file), "utf8");
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true));
  }
  return [...new Set([...marked, ...[...hidden].filter((name) => !others.has(name))])].filter(
    (name) => !standard.has(name),
  );
}
