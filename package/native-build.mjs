// What each binary of the package is made of.
import { buildFacts } from '../native/build-facts.mjs';
import { compile, nativeFiles } from './native-compile.mjs';

/** The one source that knows which binary it is for, and of which commit. */
const ownFacts = 'native/binding/build.cc';

/**
 * The objects of a binary, compiled where they are not there yet. Named from the checkout's root.
 *
 * @param {{ processor: string, libc: string }} target
 */
export async function objectsOf({ processor, libc }) {
  const addon = nativeFiles('.cc', ['os', 'wire', 'engine', 'relay', 'binding']).filter((name) => name !== ownFacts);
  const runtime = ['find_object', 'terminate'];
  if (libc === 'musl') runtime.push('single_threaded');
  if (libc === 'musl' && processor === 'aarch64') runtime.push('getauxval');
  const { version, commit } = buildFacts();
  const defines = [`VNETPERF_VERSION="${version}"`, `VNETPERF_LIBC="${libc}"`];
  if (commit) defines.push(`VNETPERF_COMMIT="${commit}"`);
  return [
    ...(await compile({ processor, sources: [...addon, ...runtime.map((name) => `native/runtime/${name}.cc`)] })),
    ...(await compile({ processor, sources: [ownFacts], defines })),
  ];
}
