// Runs the unit tests under node's own runner: they are bundled first, so that they may be TypeScript.
// The last line counts them.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("unit/", import.meta.url));
const names = (await readdir(folder)).filter((name) => name.endsWith(".test.ts"));
const out = await mkdtemp(join(tmpdir(), "explorer-unit-"));
try {
  await build({
    entryPoints: names.map((name) => join(folder, name)),
    bundle: true,
    platform: "node",
    format: "esm",
    outdir: out,
    outExtension: { ".js": ".mjs" },
    sourcemap: "inline",
    logLevel: "warning",
  });
  const files = names.map((name) => join(out, name.replace(".ts", ".mjs")));
  const ran = spawnSync(process.execPath, ["--enable-source-maps", "--test", "--test-reporter=tap", ...files], { encoding: "utf8" });
  const count = (word) => Number(new RegExp(`^# ${word} (\\d+)$`, "m").exec(ran.stdout)?.[1] ?? 0);
  if (ran.status !== 0) process.stdout.write(ran.stdout + ran.stderr);
  console.log(`${count("pass")} passed, ${count("fail")} failed`);
  process.exitCode = ran.status === 0 && count("pass") > 0 ? 0 : 1;
} finally {
  await rm(out, { recursive: true, force: true });
}
