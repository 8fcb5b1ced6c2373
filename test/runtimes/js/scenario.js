// What every engine without WebAssembly must do alike, in ES5: it runs behind the scripts of hashformer/js, of both
// models, of the digest and of the texts.

/** @returns what JSON can hold, the same on every engine, bit for bit */
function runScenario(texts) {
  var model = hashformer.load(hashformerSentiment);
  function failure(call) {
    try {
      call();
      return 'no error';
    } catch (error) {
      var ours = error instanceof hashformer.HashformerError && error instanceof Error;
      return (ours ? error.name + ' ' + error.code : 'not ours') + ': ' + error.message;
    }
  }
  var weights = hashformerSentiment.weights;
  var middle = Math.floor(weights.length / 2);
  var flipped =
    weights.slice(0, middle) + (weights.charAt(middle) === 'A' ? 'B' : 'A') + weights.slice(middle + 1);
  function load(config, bytes) {
    return function () {
      hashformer.load({ config: config, weights: bytes });
    };
  }
  var config = hashformerSentiment.config;
  return {
    classify: model.classify('a gorgeous, witty, seductive movie'),
    all: model.classify([['A man eats.', 'Ein Mann i\u00dft \u0130n STRASSE \ud83d\ude00'], ''], {
      top_k: null,
    }),
    tokens: model.tokenize('\u03a3\u0399\u03a3\u03a5\u03a6\u039f\u03a3 \u0130X na\u00efve'),
    mean: float32Digest(model.encode(['a b c'], { pooling: 'mean', normalize: true }).data),
    digests: {
      sentiment: float32Digest(model.logits(texts).data),
      sentence: float32Digest(hashformer.load(hashformerSentence).sentences(texts).data),
    },
    truncated: failure(load(config, weights.slice(0, 1000))),
    damaged: failure(load(config, flipped)),
    text: failure(load(config, 'no base64!')),
    vocab: failure(load({ variant: 'vocab' }, weights)),
    bert: failure(load({ model_type: 'bert' }, weights)),
    top: failure(function () {
      model.classify('a', { top_k: 0 });
    }),
    head: failure(function () {
      model.tokenLogits(['a']);
    }),
  };
}
