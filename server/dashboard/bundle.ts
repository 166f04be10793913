/** Bundles the dashboard's front end from its source, in memory: nobody has to know of a build. */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build, type OutputFile, stop } from 'esbuild';

export interface Asset {
  readonly contentType: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly brotli: Buffer;
}

export interface Bundle {
  readonly page: Asset;
  /** By file name, which has a hash of the content. */
  readonly files: ReadonlyMap<string, Asset>;
}

/** Half a megabyte of text is squeezed in a moment at this level; the highest takes seconds. */
const BROTLI_QUALITY = 9;

const fromHere = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Takes about a tenth of a second. Throws where the source does not build, which names file and line. */
export async function bundleDashboard(): Promise<Bundle> {
  const { outputFiles } = await build({
    entryPoints: { app: fromHere('client/main.tsx') },
    outdir: '/',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  await stop();
  const script = await named(outputFiles, '.js', 'text/javascript; charset=utf-8');
  const style = await named(outputFiles, '.css', 'text/css; charset=utf-8');
  const page = await assetOf(Buffer.from(pageOf(script.name, style.name)), 'text/html; charset=utf-8');
  return {
    page,
    files: new Map([script, style].map(({ name, asset }) => [name, asset])),
  };
}

async function named(files: readonly OutputFile[], ending: string, contentType: string) {
  const file = files.find(({ path }) => path.endsWith(ending));
  if (!file) throw new Error(`the bundle has no ${ending}`);
  const content = Buffer.from(file.contents);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
  return { name: `app-${hash}${ending}`, asset: await assetOf(content, contentType) };
}

async function assetOf(plain: Buffer, contentType: string): Promise<Asset> {
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
  const [gzipped, brotli] = await Promise.all([promisify(gzip)(plain), promisify(brotliCompress)(plain, { params })]);
  return { contentType, plain, gzip: gzipped, brotli };
}

const pageOf = (script: string, style: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>VitaSync</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/admin/assets/${style}">
<script type="module" src="/admin/assets/${script}"></script>
</head>
<body>
<div id="app"></div>
<noscript>The dashboard needs JavaScript. Everything it does can also be done by the API: see /api/docs.</noscript>
</body>
</html>
`;
