// Beside a program (--import): at its end, what it has loaded stands in the file of the environment's LOADED_FILES, as
// JSON: the paths of its own modules, and Node's parts that were not there when it began.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import process from 'node:process';

const path = process.env.LOADED_FILES;
const hooks = `
  import { appendFileSync } from 'node:fs';
  export async function load(url, context, next) {
    if (url.startsWith('file:')) appendFileSync(${JSON.stringify(`${path}.part`)}, url + '\\n');
    return next(url, context);
  }`;
appendFileSync(`${path}.part`, '');
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
const before = new Set(process.moduleLoadList);
process.on('exit', () => {
  const files = readFileSync(`${path}.part`, 'utf8').split('\n').filter(Boolean);
  const builtin = process.moduleLoadList.filter((name) => !before.has(name)).map((name) => name.split(' ').at(-1));
  writeFileSync(path, JSON.stringify({ files, builtin }));
});
