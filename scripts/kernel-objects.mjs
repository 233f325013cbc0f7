// A compiled family of kernels as linkable objects: TypeScript with one constant per function, so that bundlers drop
// the functions that an application does not reach, and src/emit/link.ts can put the others into the programs that
// call them. The instances of a kernel are also exported together under its name (`sin` is { name: "sin", f64x2:
// sin_f64x2, f32x4: sin_f32x4 }), and the whole family by default.
//
// A function is { text, refs }. `text` is three counted lists (types of the parameters, types of the results, locals
// that may be read before they are written), then the body as in the code section, with these changes: calls and
// global accesses are numbered by `refs`; a v128.const that repeats 4 or 8 bytes is the opcode 0xff or 0xfe and those
// bytes; the SIMD instructions of SHORT are one byte each. `refs` lists the functions and globals in the order of these
// numbers, then the static data that the function reads.

/**
 * The most frequent bytes of the kernels: one character each, where all others are two. Any choice is right; this one
 * is short.
 */
export const FREQUENT =
  "00200104fe22c5ff2103c6020b053f410607c8c7c96a080910407f55fd0a0c7b80cacbf0110d3e0f3d0e38bf2a42cc1543a01b741213174c6ce0464a1630f8142e2b99c1aacd7e92931d29194b1ffa1a2394868eced23956e634";

/**
 * SIMD instructions without immediates that kernels use often, by their codes after 0xfd: one byte each, from 0xc5
 * on.
 */
export const SHORT = "f2f0f1e4e6e54e52ce50cba4d1aef35eedcd4f5144f64aab5fe7e147534143ea49f7ece014add9eb4d3b13";
const FIRST_SHORT = 0xc5;
const short = new Map(SHORT.match(/../g).map((hex, i) => [Number.parseInt(hex, 16), FIRST_SHORT + i]));

/**
 * Characters that survive in string constants and in HTML: # … [ ] … ~, where space and ! stand for < and backslash.
 */
const SYMBOLS = Array.from({ length: 92 }, (_, i) => ({ 60: " ", 92: "!" })[35 + i] ?? String.fromCharCode(35 + i));
const SINGLE = FREQUENT.length / 2;

const frequent = FREQUENT.match(/../g).map((hex) => Number.parseInt(hex, 16));
const rank = new Map(
  [...frequent, ...Array.from({ length: 256 }, (_, b) => b).filter((b) => !frequent.includes(b))].map((b, i) => [b, i]),
);

/** Bytes as text (the inverse is in src/emit/link.ts). */
export function encode(bytes) {
  let text = "";
  for (const b of bytes) {
    const i = rank.get(b);
    const rest = i - SINGLE;
    text +=
      i < SINGLE ? SYMBOLS[i] : SYMBOLS[SINGLE + Math.floor(rest / SYMBOLS.length)] + SYMBOLS[rest % SYMBOLS.length];
  }
  return text;
}

/** The sections that matter of a module: functions with their types, exports, globals, data. */
export function parse(bytes) {
  const sections = new Map();
  const top = reader(bytes, 8);
  while (!top.done()) {
    const id = top.byte();
    const body = top.bytes(top.leb());
    if (id !== 0) sections.set(id, body);
  }
  const entries = (id, read) => {
    if (!sections.has(id)) return [];
    const r = reader(sections.get(id), 0);
    return Array.from({ length: r.leb() }, () => read(r));
  };
  const name = (r) => Buffer.from(r.bytes(r.leb())).toString("utf8");
  const types = entries(1, (r) => {
    if (r.byte() !== 0x60) throw new Error("a type is not a function type");
    return { params: [...r.bytes(r.leb())], results: [...r.bytes(r.leb())] };
  });
  const imports = entries(2, (r) => {
    const imported = { module: name(r), name: name(r), kind: r.byte() };
    const limits = r.leb();
    r.leb();
    if (limits & 1) r.leb();
    return imported;
  });
  const functionTypes = entries(3, (r) => types[r.leb()]);
  const globals = entries(6, (r) => {
    const [type, mutable] = [r.byte(), r.byte()];
    const from = r.at();
    skip(r);
    const init = r.slice(from);
    if (r.byte() !== 0x0b) throw new Error("a global is not initialized by a constant");
    return { type, mutable, init };
  });
  const exports = entries(7, (r) => ({ name: name(r), kind: r.byte(), index: r.leb() }));
  const bodies = entries(10, (r) => r.bytes(r.leb()));
  const data = entries(11, (r) => {
    if (r.leb() !== 0 || r.byte() !== 0x41) throw new Error("a data segment is not placed by i32.const");
    const at = r.leb();
    r.byte(); // end
    return { at, bytes: r.bytes(r.leb()) };
  });
  return {
    imports,
    exports,
    globals,
    data,
    start: sections.has(8),
    functions: bodies.map((body, i) => ({
      type: functionTypes[i],
      body: renumbered(body, functionTypes[i].params.length),
    })),
  };
}

/**
 * TypeScript of a family whose static data lies in [begin, end); `relaxes`: whether relaxed mode may fuse its
 * products and sums.
 */
export function objects(module, begin, end, relaxes = false) {
  const exported = new Map(module.exports.filter((e) => e.kind === 0).map((e) => [e.index, e.name]));
  const statics = module.data.filter(({ bytes }) => bytes.some((b) => b !== 0)); // memory is zero at the start
  const functions = module.functions.map(({ type, body }) => {
    const { code, calls, globals, addresses, loads } = relocatable(body);
    const inSlot = addresses.filter((a) => a >= begin && a < end);
    const within = (a, { at, bytes }) => a >= at && a < at + bytes.length;
    // Loads with no address in the slot, or with one that is no segment's own, may be offsets from any of them.
    const any = inSlot.length === 0 ? loads : inSlot.some((a) => !statics.some((d) => within(a, d)));
    const data = statics.map((_, i) => i).filter((i) => any || inSlot.some((a) => within(a, statics[i])));
    const list = (bytes) => [bytes.length, ...bytes];
    const fusible = relaxes && MULTIPLY_ADD.test(Buffer.from(body).toString("hex"));
    return {
      fusible,
      head: [...list(type.params), ...list(type.results), ...list(unset(body, type.params.length))],
      code,
      calls,
      globals,
      data,
    };
  });

  const second = module.exports.find((e) => e.kind === 3 && module.globals[e.index].mutable);
  const names = functions.map((_, i) => exported.get(i) ?? `f${i}`);
  const lines = [];
  const done = new Set();
  const write = (key, text) => {
    if (!done.has(key)) lines.push(text);
    done.add(key);
  };
  const visit = (i, path = []) => {
    if (done.has(`f${i}`) || path.includes(i)) return;
    const { fusible, head, code, calls, globals, data } = functions[i];
    for (const c of calls) visit(c, [...path, i]);
    for (const g of globals) {
      const { type, mutable, init } = module.globals[g];
      write(`g${g}`, `const g${g}: Global = { global: ${JSON.stringify(encode([type, mutable, ...init, 0x0b]))} };`);
    }
    for (const d of data) {
      const { at, bytes } = statics[d];
      write(`d${d}`, `const d${d}: Static = { at: ${at}, bytes: ${JSON.stringify(encode(bytes))} };`);
    }
    const refs = [...calls.map((c) => names[c]), ...globals.map((g) => `g${g}`), ...data.map((d) => `d${d}`)];
    // Numbers in the code: functions first, then globals.
    const bytes = code(calls);
    const recursive = calls.some((c) => !done.has(`f${c}`));
    const list = `[${refs.join(", ")}]`;
    const uses =
      refs.length === 0 ? "" : recursive ? `\n  get refs() {\n    return ${list};\n  },` : `\n  refs: ${list},`;
    const text = `{\n  text: ${JSON.stringify(encode([...head, ...bytes]))},${uses}${fusible ? "\n  relaxes: true," : ""}\n};`;
    write(`f${i}`, `${exported.has(i) ? "export " : ""}const ${names[i]}: Kernel = ${text}`);
  };
  // Kernels that are alike lie side by side, where gzip finds their common parts.
  for (const i of [...exported.keys()].sort((a, b) => (alike(exported.get(a)) < alike(exported.get(b)) ? -1 : 1)))
    visit(i);
  lines.push(...instances([...exported.values()], second && `g${second.index}`));
  lines.push(`export default { ${[...exported.values()].sort().join(", ")} };`);
  // Constants that kernels and their callers share, such as sizes of scratch memory.
  for (const { name, kind, index } of module.exports)
    if (kind === 3 && !module.globals[index].mutable)
      lines.push(`export const ${name} = ${reader(module.globals[index].init, 1).signed()};`);
  const types = ["Kernel", "LaneKernel", "DualKernel", "Global", "Static"].filter((type) =>
    lines.some((l) => l.includes(`: ${type} =`)),
  );
  return `// generated by scripts/build-kernels.mjs from assembly/: see scripts/kernel-objects.mjs\nimport type { ${types.sort().join(", ")} } from "../ir/kernel.ts";\n\n${lines.join("\n")}\n`;
}

/** Constants with the instances of each kernel by type (src/ir/kernel.ts); `second`: where second results are. */
function instances(names, second) {
  const groups = new Map();
  for (const name of names) {
    const [, base, type] = /^(.*)_(f64x2|f32x4|f64|f32|i32)$/.exec(name) ?? [];
    if (base) groups.set(base, [...(groups.get(base) ?? []), `${type}: ${name}`]);
  }
  const written = (base, members) => {
    if (!members[0].startsWith("f64x2")) return `${base} = { ${members.join(", ")} }`;
    if (!base.includes("_")) return `${base}: LaneKernel = { ${[`name: "${base}"`, ...members].join(", ")} }`;
    const names = base.split("_").map((n) => `"${n}"`);
    return `${base}: DualKernel = { ${[`names: [${names.join(", ")}]`, ...members, `second: ${second}`].join(", ")} }`;
  };
  return [...groups].map(([base, members]) => `export const ${written(base, members)};`);
}

/** A product and the sum it goes into, f64x2 or f32x4. */
const MULTIPLY_ADD = /^(..)*?fd(f201fdf0|e601fde4)01/;
const alike = (name) => name;

/** A body with its calls and global accesses numbered by lists of their own, and the addresses that it mentions. */
function relocatable(body) {
  const r = reader(body, 0);
  const pieces = [];
  const [calls, globals, addresses] = [[], [], []];
  let loads = false;
  const number = (list, x) => (list.includes(x) ? list.indexOf(x) : list.push(x) - 1);
  const groups = r.leb();
  for (let i = 0; i < groups; i++) {
    r.leb();
    r.byte();
  }
  pieces.push(r.slice(0));
  while (!r.done()) {
    const from = r.at();
    const { op, index, address, constant, load, plain } = skip(r);
    loads ||= load === true;
    if (op === 0x10) pieces.push({ op, call: number(calls, index) });
    else if (op === 0x23 || op === 0x24) pieces.push({ op, global: number(globals, index) });
    else if (constant) pieces.push(compact(constant));
    else if (short.has(plain)) pieces.push([short.get(plain)]);
    else {
      pieces.push(r.slice(from));
      if (address !== undefined) addresses.push(address);
    }
  }
  const code = (callList) =>
    pieces.flatMap((p) =>
      p.call !== undefined
        ? [p.op, ...leb(p.call)]
        : p.global !== undefined
          ? [p.op, ...leb(callList.length + p.global)]
          : [...p],
    );
  return { code, calls, globals, addresses, loads };
}

/**
 * The body with its locals in the order of their types' and their own first use, and without unused ones. Kernels
 * that do the same in two types then differ in their instructions only, and gzip finds the rest.
 */
function renumbered(body, params) {
  const r = reader(body, 0);
  const types = [];
  for (let groups = r.leb(); groups > 0; groups--) {
    const n = r.leb();
    types.push(...new Array(n).fill(r.byte()));
  }
  const pieces = [];
  const used = new Map(); // type → locals in the order of their first use
  let from = r.at();
  while (!r.done()) {
    const { op, local } = skip(r);
    if (local !== undefined && local >= params) {
      const type = types[local - params];
      used.set(type, (used.get(type) ?? new Set()).add(local));
      pieces.push([op], { local });
    } else pieces.push(r.slice(from));
    from = r.at();
  }
  const order = [...used.values()].flatMap((locals) => [...locals]);
  const groups = [...used].flatMap(([type, locals]) => [...leb(locals.size), type]);
  const code = pieces.flatMap((p) => (p.local === undefined ? [...p] : leb(params + order.indexOf(p.local))));
  return Uint8Array.from([...leb(used.size), ...groups, ...code]);
}

/**
 * Locals that may be read before they are written, so that their initial zero counts where the body is copied into a
 * loop: those with a read that no write in the same or an enclosing block precedes.
 */
function unset(body, params) {
  const r = reader(body, 0);
  const groups = r.leb();
  for (let i = 0; i < groups; i++) {
    const n = r.leb();
    if (n > 127) throw new Error("more than 127 locals of a type in a row");
    r.byte();
  }
  const written = [new Set(Array.from({ length: params }, (_, i) => i))];
  const zero = new Set();
  while (!r.done()) {
    const { op, local } = skip(r);
    if (op >= 0x02 && op <= 0x04) written.push(new Set());
    else if (op === 0x05) written[written.length - 1] = new Set();
    else if (op === 0x0b) written.pop();
    else if (op === 0x20 && !written.some((w) => w.has(local))) zero.add(local);
    else if (op === 0x21 || op === 0x22) written.at(-1).add(local);
  }
  return [...zero].sort((a, b) => a - b);
}

function compact(constant) {
  const repeats = (n) => constant.every((b, i) => b === constant[i % n]);
  if (repeats(4)) return [0xff, ...constant.subarray(0, 4)];
  if (repeats(8)) return [0xfe, ...constant.subarray(0, 8)];
  return [0xfd, 0x0c, ...constant];
}

const leb = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)]);

/** Reads one instruction; throws for those that src/emit/link.ts does not know. */
function skip(r) {
  const op = r.byte();
  if (op >= 0x02 && op <= 0x04) {
    const type = r.byte();
    if (type !== 0x40 && type < 0x7b) throw new Error("a block has parameters or several results");
  } else if (op === 0x0c || op === 0x0d) r.leb();
  else if (op >= 0x20 && op <= 0x22) return { op, local: r.leb() };
  else if (op === 0x10 || op === 0x23 || op === 0x24) return { op, index: r.leb() };
  else if (op >= 0x28 && op <= 0x3e) {
    r.leb();
    return { op, address: r.leb(), load: op <= 0x35 };
  } else if (op === 0x41) return { op, address: r.signed() };
  else if (op === 0x42) r.signed();
  else if (op === 0x43) r.bytes(4);
  else if (op === 0x44) r.bytes(8);
  else if (op === 0xfc) {
    const sub = r.leb();
    if (sub === 10) r.bytes(2);
    else if (sub === 11) r.bytes(1);
    else if (sub > 7) throw new Error(`instruction 0xfc ${sub} is not known`);
  } else if (op === 0xfd) {
    const sub = r.leb();
    if (sub <= 11 || (sub >= 84 && sub <= 93)) {
      r.leb();
      const address = r.leb();
      if (sub >= 84 && sub <= 91) r.byte();
      return { op, address, load: sub !== 11 && (sub < 88 || sub > 91) };
    }
    if (sub === 12) return { op, constant: r.bytes(16) };
    if (sub === 13) r.bytes(16);
    else if (sub >= 21 && sub <= 34) r.byte();
    else return { op, plain: sub };
  } else if (
    op > 0xc4 ||
    (op >= 0x05 && op < 0x0b) ||
    op === 0x0e ||
    (op > 0x10 && op < 0x1a) ||
    (op > 0x1b && op < 0x20) ||
    op === 0x25 ||
    op === 0x26 ||
    op === 0x3f ||
    op === 0x40
  )
    if (op !== 0x05) throw new Error(`instruction 0x${op.toString(16)} is not known`);
  return { op };
}

function reader(bytes, start) {
  let at = start;
  return {
    done: () => at >= bytes.length,
    at: () => at,
    slice: (from) => bytes.subarray(from, at),
    byte: () => bytes[at++],
    bytes: (n) => bytes.subarray(at, (at += n)),
    leb() {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const b = bytes[at++];
        value += (b & 127) * scale;
        if (b < 128) return value;
      }
    },
    /** Signed LEB128 of 32 or 64 bits, as a double (exact where addresses are concerned). */
    signed() {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const b = bytes[at++];
        value += (b & 127) * scale;
        if (b < 128) return b & 64 ? value - scale * 128 : value;
      }
    },
  };
}
