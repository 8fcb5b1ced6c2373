// The little of the ONNX format that an encoder needs: constants, nodes, one input and one output.

import proto from 'onnx-proto';

const { AttributeProto, ModelProto, TensorProto } = proto.onnx;
const { FLOAT, INT8, INT64 } = TensorProto.DataType;
const { INT, INTS, FLOAT: FLOAT_ATTRIBUTE } = AttributeProto.AttributeType;

/** Collects nodes in order; every method returns the name of the value that it makes. */
export class Graph {
  #nodes = [];
  #initializers = [];
  #count = 0;

  /** A constant of 32-bit floats. */
  floats(data, dims) {
    return this.#constant(FLOAT, dims, Float32Array.from(data));
  }

  /** A constant of bytes with signs. */
  bytes(data, dims) {
    return this.#constant(INT8, dims, data);
  }

  /** A constant vector of 64-bit integers: a shape. */
  integers(values) {
    return this.#constant(INT64, [values.length], BigInt64Array.from(values, BigInt));
  }

  /** A node with one output. */
  node(opType, input, attributes = {}, options = {}) {
    return this.nodes(opType, input, 1, attributes, options)[0];
  }

  /** A node with several outputs. */
  nodes(opType, input, outputs, attributes = {}, { domain = '' } = {}) {
    const output = Array.from({ length: outputs }, () => this.#name(opType));
    const attribute = Object.entries(attributes).map(([name, value]) => attributeProto(name, value));
    this.#nodes.push({ opType, name: `node_${output[0]}`, input, output, attribute, domain });
    return output;
  }

  /** The file's bytes. `input` and `output`: { name, dims }, a string among the dims being a free one. */
  encode(input, output, opset) {
    this.#nodes.push({ opType: 'Identity', name: 'last', input: [output.value], output: [output.name] });
    const graph = {
      name: 'encoder',
      node: this.#nodes,
      initializer: this.#initializers,
      input: [valueInfo(input)],
      output: [valueInfo(output)],
    };
    const opsetImport = [
      { domain: '', version: opset },
      { domain: 'com.microsoft', version: 1 },
    ];
    const model = { irVersion: 8, opsetImport, producerName: 'hashformer-bench', graph };
    return ModelProto.encode(ModelProto.fromObject(model)).finish();
  }

  #constant(dataType, dims, data) {
    const name = this.#name('constant');
    this.#initializers.push({ name, dataType, dims, rawData: new Uint8Array(data.buffer) });
    return name;
  }

  #name(stem) {
    return `${stem}_${this.#count++}`;
  }
}

function attributeProto(name, value) {
  if (Array.isArray(value)) return { name, type: INTS, ints: value };
  if (Number.isInteger(value)) return { name, type: INT, i: value };
  return { name, type: FLOAT_ATTRIBUTE, f: value };
}

function valueInfo({ name, dims }) {
  const dim = dims.map((d) => (typeof d === 'string' ? { dimParam: d } : { dimValue: d }));
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}
