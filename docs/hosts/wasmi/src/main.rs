//! Classifies or embeds texts by a HashFormer in Rust over wasmi, an interpreter for machines on which nothing may be
//! compiled. docs/abi.md explains every call; ../classify.py is the same in Python.
//!
//!     cargo run --release -- FOLDER scalar.wasm "a gorgeous, witty, seductive movie"
//!
//! FOLDER holds config.json and model.safetensors as the package saves them: variant `ngram`, the reference's names.
//! It prints the logits of each text, their bits and the best label, or of a sentence model the vector and its bits.
//! Tokens are the package's for the characters of Unicode 14, which Rust and the regex crate know as they know later ones.

use regex::Regex;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use wasmi::{Engine, Instance, Linker, Memory, Module, Store, Val};

type Failure = Box<dyn std::error::Error>;

/// Table, Vector or Linear layer; its slot; its tensors, where E and N stand for what the embeddings' and layers' begin with.
const TENSORS: &str = "T 0 E.bucket_embeddings.weight
T 1 E.special_token_embeddings.weight
T 2 E.position_embeddings.weight
T 3 E.token_type_embeddings.weight
V 4 E.LayerNorm.weight
V 5 E.LayerNorm.bias
L 9 E.embedding_projection.weight
L 10 classifier.dense.weight
L 11 classifier.out_proj.weight
L 12 sentence_projection.weight
L 14 N.attention.self.query.weight N.attention.self.key.weight N.attention.self.value.weight
L 15 N.attention.output.dense.weight
V 16 N.attention.output.LayerNorm.weight
V 17 N.attention.output.LayerNorm.bias
L 18 N.intermediate.dense.weight
L 19 N.output.dense.weight
V 20 N.output.LayerNorm.weight
V 21 N.output.LayerNorm.bias";

struct Host {
    store: Store<()>,
    instance: Instance,
    memory: Memory,
}

impl Host {
    /// Calls an export; what has no result gives 1.
    fn call(&mut self, name: &str, arguments: &[Val]) -> Result<i32, Failure> {
        let export = self.instance.get_func(&self.store, name).ok_or(format!("{name} is not exported"))?;
        let mut results = [Val::I32(1)];
        let count = export.ty(&self.store).results().len();
        export.call(&mut self.store, arguments, &mut results[..count])?;
        Ok(results[0].i32().unwrap())
    }

    /// The same with whole numbers, of which a result of 0 means failure. Addresses are unsigned.
    fn enough(&mut self, name: &str, arguments: &[i32]) -> Result<u32, Failure> {
        let arguments: Vec<Val> = arguments.iter().map(|&number| Val::I32(number)).collect();
        match self.call(name, &arguments)? {
            0 => Err(format!("{name}: no memory left, or a result is not finite").into()),
            result => Ok(result as u32),
        }
    }

    fn stage(&mut self, data: &[u8]) -> Result<i32, Failure> {
        let address = self.enough("stage", &[data.len() as i32])?;
        self.memory.write(&mut self.store, address as usize, data)?;
        Ok(address as i32)
    }

    /// Creates all tensors, then stores them.
    fn load(&mut self, file: &SafeTensors, layers: i32, head: i32) -> Result<(), Failure> {
        let mut stores: Vec<(&str, Vec<i32>, String, Vec<i32>)> = Vec::new();
        for (line, n) in
            TENSORS.lines().flat_map(|line| (0..if line.contains(" N.") { layers } else { 1 }).map(move |n| (line, n)))
        {
            let line =
                line.replace(" E.", " roberta.embeddings.").replace(" N.", &format!(" roberta.encoder.layer.{n}."));
            let [kind, slot, names @ ..] = &line.split(' ').collect::<Vec<_>>()[..] else { unreachable!() };
            // The model may have no such head, or no projection.
            let Ok(first) = file.tensor(names[0]) else { continue };
            let (rows, width) = (if *kind == "V" { 1 } else { first.shape()[0] }, *first.shape().last().unwrap());
            let (slot, rows, width): (i32, i32, i32) = (slot.parse()?, rows as i32, width as i32);
            let int8 = names.iter().all(|name| file.tensor(name).is_ok_and(|one| one.dtype() == Dtype::I8));
            let quantized = (*kind != "V" && int8) as i32;
            if *kind != "L" {
                self.enough("createTable", &[slot, n, rows, width, quantized])?;
                stores.push(("storeTableRows", vec![slot, n], names[0].to_string(), vec![0, rows]));
                continue;
            }
            // Groups: where channels are heads.
            let (outputs, inputs) = (head * (slot == 14) as i32, head * (slot == 15) as i32);
            self.enough("createLinear", &[slot, n, names.len() as i32, rows, width, outputs, inputs, quantized])?;
            for (part, name) in (0..).zip(names) {
                stores.push(("storeLinearRows", vec![slot, n, part], name.to_string(), vec![0, rows]));
                stores.push(("storeBias", vec![slot, n, part], name.replace(".weight", ".bias"), vec![rows]));
            }
        }
        for (export, place, name, rows) in stores {
            // The projection has no bias.
            let Ok(tensor) = file.tensor(&name) else { continue };
            let types = [Dtype::F32, Dtype::F16, Dtype::BF16, Dtype::I8];
            let dtype = types.iter().position(|&one| one == tensor.dtype()).ok_or("unknown dtype")? as i32;
            let mut data = file.tensor(&format!("{name}_scale")).map_or(vec![], |scale| scale.data().to_vec());
            data.extend_from_slice(tensor.data());
            let address = self.stage(&data)?;
            let arguments: Vec<Val> =
                [place, vec![dtype], rows, vec![address]].concat().into_iter().map(Val::I32).collect();
            if self.call(export, &arguments)? != 0 {
                return Err(format!("{name} holds numbers that are not finite").into());
            }
        }
        Ok(())
    }

    /// What an export `emit...` says of the tokens of a text: `width` numbers.
    fn run(&mut self, tokens: &[&str], layers: i32, width: i32, emit: (&str, &[i32])) -> Result<Vec<f32>, Failure> {
        let text = tokens.iter().map(|token| format!("<{token}>")).collect::<Vec<_>>().join("\n");
        let (count, bytes, rows) = (tokens.len() as i32, text.len() as i32, tokens.len() as i32 + 2);
        self.enough("prepare", &[count, bytes, rows, 1, rows, 0, width, width])?;
        let ids: Vec<u8> =
            (0..rows).flat_map(|i| [0i32, -1, 2][(i > 0) as usize + (i == rows - 1) as usize].to_le_bytes()).collect();
        let starts = [0i32.to_le_bytes(), rows.to_le_bytes()].concat();
        for (region, data) in [(0, text.as_bytes()), (2, &ids), (3, &starts)] {
            let address = self.call("region", &[Val::I32(region)])? as u32;
            self.memory.write(&mut self.store, address as usize, data)?;
        }
        if count > 0 {
            self.enough("splitText", &[bytes])?;
            self.enough("hashTokens", &[])?;
        }
        self.enough("embed", &[])?;
        self.enough("encode", &[layers])?;
        self.enough(emit.0, emit.1)?;
        let mut output = vec![0; width as usize * 4];
        let address = self.call("region", &[Val::I32(9)])? as u32;
        self.memory.read(&self.store, address as usize, &mut output)?;
        Ok(output.chunks(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect())
    }
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, wasm, texts @ ..] = &arguments[..] else {
        return Err("classify FOLDER WASM TEXT...".into());
    };
    let config: Value = serde_json::from_slice(&std::fs::read(format!("{folder}/config.json"))?)?;
    if config["variant"] != "ngram" || config["tokenizer"] != "reference" {
        return Err(format!("{folder}: this host runs no such model").into());
    }
    let number = |name: &str, fallback: i64| config[name].as_i64().unwrap_or(fallback) as i32;

    let engine = Engine::default();
    let module = Module::new(&engine, std::fs::read(wasm)?)?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module)?;
    let memory = instance.get_memory(&store, "memory").ok_or("no memory is exported")?;
    let mut host = Host { store, instance, memory };
    if (host.enough("abiVersion", &[])?, host.enough("probe", &[])?) != (1, 1) {
        return Err(format!("{wasm}: another ABI").into());
    }

    let (hidden, layers, heads) =
        (number("hidden_size", 0), number("num_hidden_layers", 0), number("num_attention_heads", 0));
    let sizes = [hidden, layers, heads, number("intermediate_size", 0), number("first_position", 2)];
    let epsilon = Val::F32((config["layer_norm_eps"].as_f64().unwrap_or(1e-5) as f32).into());
    let sizes: Vec<Val> = sizes.into_iter().map(Val::I32).chain([epsilon]).collect();
    host.call("configureEncoder", &sizes)?;
    host.enough("configureEmbedding", &[4, number("embedding_size", 0)])?;
    let grams = |i: usize| config["ngram_range"][i].as_i64().unwrap_or(0) as i32;
    host.enough("configureHash", &[0, number("buckets", 0), grams(0), grams(1), number("max_ngrams", 0), 1])?;
    let mut keys: Vec<&str> = config["hash_keys"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    keys.extend(config["ngram_key"].as_str().filter(|_| grams(1) > 0));
    for key in keys {
        let address = host.stage(key.as_bytes())?;
        host.enough("addKey", &[address, key.len() as i32])?;
    }
    let weights = std::fs::read(format!("{folder}/model.safetensors"))?;
    host.load(&SafeTensors::deserialize(&weights)?, layers, hidden / heads)?;
    host.enough("finish", &[number("max_position_embeddings", 0)])?;

    // Python's \w and \s, by which the tokenizer "reference" is defined.
    let token = Regex::new(r"[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s\x1c-\x1f]+")?;
    let embeds = config["sentence_embedding_size"].is_number();
    // The mean of its tokens' states (1), normalized (1).
    let emit: (&str, &[i32]) = if embeds { ("emitSentences", &[1, 1]) } else { ("emitLogits", &[]) };
    let width = number(if embeds { "sentence_embedding_size" } else { "num_labels" }, 2);
    for text in texts {
        let text = text.to_lowercase();
        let most = number("max_length", 0) as usize - 2;
        let tokens: Vec<&str> = token.find_iter(&text).map(|found| found.as_str()).take(most).collect();
        let numbers = host.run(&tokens, layers, width, emit)?;
        let bits: Vec<String> = numbers.iter().map(|number| format!("{:08x}", number.to_bits())).collect();
        print!("{}\t{numbers:?}", bits.join(" "));
        let best = (0..numbers.len()).max_by(|&i, &j| numbers[i].total_cmp(&numbers[j])).unwrap_or(0);
        println!("{}", if embeds { String::new() } else { format!("\t{}", config["id2label"][best.to_string()]) });
    }
    Ok(())
}
