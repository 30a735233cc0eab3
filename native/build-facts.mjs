// What a build of the addon says of itself: the package's version, and the commit where this is a checkout. As a program
// it prints both as defines, which binding.gyp takes.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('..', import.meta.url));

function git(...args) {
  const options = { cwd: checkout, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 10_000 };
  return execFileSync('git', args, options).trim();
}

function commit() {
  try {
    // A package that lies unpacked inside somebody's repository is not of that repository's commit.
    if (git('rev-parse', '--show-prefix') !== '' || git('ls-files', 'native/build-facts.mjs') === '') return undefined;
    const changed = git('status', '--porcelain', '--', 'native') === '' ? '' : '-changed';
    return git('rev-parse', '--short=12', 'HEAD') + changed;
  } catch {
    return undefined;
  }
}

export function buildFacts() {
  const { version } = JSON.parse(readFileSync(`${checkout}/package.json`, 'utf8'));
  return { version, commit: commit() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { version, commit } = buildFacts();
  const define = (name, value) => `VNETPERF_${name}=\\"${value}\\"`;
  console.log([define('VERSION', version), ...(commit ? [define('COMMIT', commit)] : [])].join(' '));
}
