// The command line is written against lib/index.ts. Bundled as it stands, whatever one command takes from there would
// bring all the rest with it: every start would load comparisons, pages and formats. What is imported from there is
// therefore imported from the module that has it.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * @param {string} index path of the module of which others re-export
 * @returns a plugin of rolldown's
 */
export function directImports(index) {
  const homes = homesOf(index);
  return {
    name: 'direct-imports',
    transform: {
      filter: { id: /\.ts$/, code: /index\.js'/ },
      handler(code, id) {
        return code.replace(/import \{([^}]*)\} from '((?:\.\.?\/)+index\.js)';/g, (whole, names, from) =>
          join(dirname(id), from).replace(/js$/, 'ts') === index ? imports(names, id) : whole,
        );
      },
    },
  };

  function imports(names, id) {
    return values(names)
      .map((name) => {
        const home = homes.get(name.split(' as ')[0]);
        if (home === undefined) throw new Error(`${id}: lib/index.ts exports no ${name}`);
        return `import { ${name} } from './${relative(dirname(id), home)}';`;
      })
      .join('\n');
  }
}

/** Which module has what the index exports. */
function homesOf(index) {
  const found = readFileSync(index, 'utf8').matchAll(/^export \{([^}]*)\} from '([^']+)';/gm);
  return new Map(
    [...found].flatMap(([, names, from]) => values(names).map((name) => [name, join(dirname(index), from)])),
  );
}

/** Types are gone in what is bundled. */
function values(names) {
  const all = names.split(',').map((name) => name.trim());
  return all.filter((name) => name !== '' && !name.startsWith('type '));
}
