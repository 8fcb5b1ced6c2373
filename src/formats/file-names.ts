// Names of the files in a model's folder, as Hugging Face has them.

export const CONFIG = 'config.json';
export const WEIGHTS = 'model.safetensors';
export const INDEX = 'model.safetensors.index.json';
export const PYTORCH = 'pytorch_model.bin';
export const TOKENIZER = 'tokenizer.json';
