import { OptionDefaults } from 'typedoc';

// Reference of what lib/index.ts exports, made on demand: `npm run docs:api`. Without links to sources, which would
// name a commit and go stale with it.
export default {
  name: 'vnetperf',
  plugin: ['typedoc-plugin-markdown'],
  entryPoints: ['lib/index.ts'],
  tsconfig: 'tsconfig.build.json',
  out: 'docs/api',
  readme: 'none',
  disableSources: true,
  // A type that a signature speaks of and the index does not export has no page, and nobody can name it.
  treatWarningsAsErrors: true,
  excludePrivate: true,
  // For the schema of result files, which is made of the same types.
  blockTags: [...OptionDefaults.blockTags, '@asType', '@discriminator', '@maximum', '@minimum', '@pattern'],
  excludeTags: [...OptionDefaults.excludeTags, '@asType', '@discriminator', '@maximum', '@minimum', '@pattern'],
};
