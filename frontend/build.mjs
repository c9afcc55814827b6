// Bundles frontend/src into the folder given on the command line: hashed files, a .gz and a .br beside each
// text file, and manifest.json, from which the template tags of holdfast.web.design find them.
// Every .ts and .css file directly in src/ is an entry point; folders below it hold what entries import.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

// The first browsers with light-dark(), popover, nesting and :has().
const BROWSERS = ["es2022", "safari17.5", "chrome123", "firefox125"];
const COMPRESSIBLE = /\.(js|css|svg|txt)$/;

const out = process.argv[2];
if (!out) throw new Error("usage: node build.mjs <output folder>");
mkdirSync(out, { recursive: true });

const entryPoints = readdirSync("src")
  .filter((name) => /\.(ts|css)$/.test(name) && !name.endsWith(".d.ts"))
  .map((name) => join("src", name));

const { metafile } = await esbuild.build({
  entryPoints,
  outdir: out,
  bundle: true,
  splitting: true,
  format: "esm",
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  target: BROWSERS,
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file", ".svg": "file" },
  legalComments: "linked",
  metafile: true,
  logLevel: "warning",
});

writeFileSync(join(out, "manifest.json"), JSON.stringify(describe(metafile), null, 1) + "\n");
for (const path of Object.keys(metafile.outputs)) {
  if (COMPRESSIBLE.test(path)) compress(path);
}

/** Maps the name a template uses (`public.ts`, a font's file name) to the hashed file and what it imports. */
function describe({ outputs }) {
  const manifest = {};
  for (const [path, output] of Object.entries(outputs)) {
    const source = output.entryPoint ?? (path.endsWith(".woff2") ? Object.keys(output.inputs)[0] : undefined);
    if (!source) continue;
    const imports = output.imports.filter(({ kind }) => kind === "import-statement").map((one) => basename(one.path));
    manifest[basename(source)] = { file: basename(path), imports };
  }
  return manifest;
}

function compress(path) {
  const content = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  writeFileSync(`${path}.br`, brotliCompressSync(content, quality));
}
