// Builds the pages into dist/, or with --check compares what it builds with what is committed there.
//
// The output depends on the sources and on the versions that package-lock.json pins, on nothing else:
// no dates, no paths, no hashes of the machine.
import { build } from "esbuild";
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));
/** What all files together may weigh, packed. */
const BYTES_MAX = 150 * 1024;
/** The licence of what is bundled asks for its line. */
const BANNER = "/*! The explorer of unikernel-z, MIT OR Apache-2.0. With Preact: MIT, (c) 2015-present Jason Miller. */";

const bundled = await build({
  absWorkingDir: root,
  entryPoints: { app: "src/main.tsx", style: "src/style/index.css" },
  bundle: true,
  write: false,
  outdir: "dist",
  format: "iife",
  target: ["es2022", "chrome109", "firefox115", "safari16.4"],
  minify: true,
  charset: "utf8",
  legalComments: "none",
  banner: { js: BANNER },
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "warning",
});
const files = new Map();
for (const file of bundled.outputFiles) {
  const name = file.path.endsWith(".css") ? "app.css" : "app.js";
  files.set(name, Buffer.from(file.contents));
}
for (const name of ["index.html", "icon.svg"]) files.set(name, await readFile(`${root}src/${name}`));

let packed = 0;
for (const [name, content] of files) {
  const size = gzipSync(content, { level: 9 }).length;
  packed += size;
  console.log(`${name.padEnd(12)} ${String(content.length).padStart(7)} B, packed ${String(size).padStart(6)} B`);
}
if (packed > BYTES_MAX) {
  console.error(`the pages weigh ${packed} B packed; at most ${BYTES_MAX} B are meant`);
  process.exit(1);
}
if (process.argv.includes("--check")) {
  let stale = 0;
  for (const [name, content] of files) {
    const kept = await readFile(`${root}dist/${name}`).catch(() => Buffer.alloc(0));
    if (!kept.equals(content)) {
      console.error(`dist/${name} is not what the sources give: run npm run build in web/`);
      stale += 1;
    }
  }
  process.exit(stale === 0 ? 0 : 1);
}
await mkdir(`${root}dist`, { recursive: true });
for (const [name, content] of files) await writeFile(`${root}dist/${name}`, content);
