// The most that 128-bit vectors give on this core: a wasm loop of nothing but independent chains of multiply
// and add, assembled here byte by byte, so that no compiler stands between the loop and the engine.

const [I32, F32, V128] = [0x7f, 0x7d, 0x7b];
const MUL = [0xfd, 0xe6, 0x01];
const ADD = [0xfd, 0xe4, 0x01];
const RELAXED_MADD = [0xfd, 0x85, 0x02];
const SPLAT = [0xfd, 0x13];

/**
 * The loops that may come near the peak: `fused` is relaxed_madd, one instruction where the processor has one;
 * else half of the chains multiply and half add. As many chains as hide the latency and still fit into sixteen
 * registers beside the factor and the summand.
 */
export const LOOPS = [8, 10, 12].flatMap((chains) => [
  { name: `mul + add x ${chains}`, chains, fused: false },
  { name: `relaxed_madd x ${chains}`, chains, fused: true },
]);

/** { run, operations }: one call does `operations` floating-point operations. */
export function peakLoop({ chains, fused }) {
  const module = new WebAssembly.Module(assemble(chains, fused));
  const { run } = /** @type {{ run(steps: number): number }} */ (
    /** @type {unknown} */ (new WebAssembly.Instance(module).exports)
  );
  const steps = 100_000;
  return { run: () => run(steps), operations: steps * chains * 4 * (fused ? 2 : 1) };
}

/** run(steps: i32) -> f32 */
function assemble(chains, fused) {
  const [factor, summand, first] = [1, 2, 3];
  const accumulators = Array.from({ length: chains }, (_, i) => first + i);
  const step = (at, i) => {
    if (fused) return [...get(at), ...get(factor), ...get(summand), ...RELAXED_MADD, ...set(at)];
    return i % 2
      ? [...get(at), ...get(factor), ...MUL, ...set(at)]
      : [...get(at), ...get(summand), ...ADD, ...set(at)];
  };
  const body = [
    // 1 - 2^-24 and 2^-24: nothing overflows, and nothing ever becomes denormal, which would be slow.
    ...[...constant(0.99999994), ...set(factor)],
    ...[...constant(5.9604645e-8), ...set(summand)],
    ...accumulators.flatMap((at) => [...constant(at), ...set(at)]),
    ...[0x03, 0x40],
    ...accumulators.flatMap(step),
    // steps = steps - 1, and again unless that is 0
    ...[0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b],
    ...get(first),
    ...accumulators.slice(1).flatMap((at) => [...get(at), ...ADD]),
    ...[0xfd, 0x1f, 0, 0x0b],
  ];
  const code = [1, ...leb(chains + 2), V128, ...body];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, I32, 1, F32]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, ...new TextEncoder().encode('run'), 0, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ]);
}

const get = (local) => [0x20, local];
const set = (local) => [0x21, local];
const constant = (value) => [0x43, ...new Uint8Array(Float32Array.of(value).buffer), ...SPLAT];
const section = (id, content) => [id, ...leb(content.length), ...content];

/** An unsigned number in LEB128. */
function leb(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value];
}
