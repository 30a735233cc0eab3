// npm run schema: schema/result-v1.json out of the types in lib/compare/result.ts. With --print only to standard output.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createGenerator } from 'ts-json-schema-generator';

const packageFile = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The schema as it stands in the file. */
function resultSchema() {
  const generator = createGenerator({
    path: packageFile('lib/compare/result.ts'),
    tsconfig: packageFile('tsconfig.json'),
    type: 'ComparisonResult',
    schemaId: 'urn:vnetperf:schema:result:1',
    topRef: false,
    expose: 'export',
    jsDoc: 'extended',
    // A reader of 1.0 takes what a later minor adds.
    additionalProperties: true,
    // Types are the business of npm run typecheck.
    skipTypeCheck: true,
    encodeRefs: false,
  });
  const { $schema, $id, description, ...rest } = generator.createSchema('ComparisonResult');
  const document = { $schema, $id, title: 'Result of a vnetperf comparison', description, ...rest };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

if (process.argv.includes('--print')) process.stdout.write(resultSchema());
else writeFileSync(packageFile('schema/result-v1.json'), resultSchema());
