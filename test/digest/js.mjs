// Prints the digests of hashformer/js over the 1,000 texts: of the logits of `sentiment`, or with `sentence` of the
// vectors of that model. They are those of the wasm tiers simd and scalar.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { runInThisContext } from 'node:vm';

const require = createRequire(import.meta.url);
const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');

/** @param {'sentiment' | 'sentence'} name */
export function jsDigest(name) {
  const { load } = require('../../dist/js/index.js');
  const model = load(require(`../../dist/js/${name}.js`));
  const texts = JSON.parse(read('sentences.json'));
  const { data } = name === 'sentence' ? model.sentences(texts) : model.logits(texts);
  return runInThisContext(`${read('js-digest.js')}; float32Digest`)(data);
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  console.log(jsDigest(process.argv[2] === 'sentence' ? 'sentence' : 'sentiment'));
}
