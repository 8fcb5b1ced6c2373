// Packages of bench/package.json, which the project's own install does not have.

declare module '@tensorflow/tfjs';
declare module '@tensorflow/tfjs-backend-wasm';
declare module 'onnx-proto';
declare module 'onnxruntime-web';
