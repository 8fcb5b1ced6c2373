import { pipeline } from 'hashformer';

const text = document.querySelector('#text');
const output = document.querySelector('output');

/** Says what was read at last: typing may be faster than answers come. */
async function answer(classify) {
  const asked = text.value;
  const [{ label, score }] = await classify(asked);
  if (asked === text.value) output.textContent = `${label} ${(100 * score).toFixed(1)} %`;
}

try {
  const classify = await pipeline('text-classification');
  text.addEventListener('input', () => answer(classify));
  await answer(classify);
} catch (error) {
  output.textContent = error.message;
}
