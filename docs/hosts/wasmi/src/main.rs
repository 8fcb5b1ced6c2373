//! Classifies or embeds texts by a HashFormer in Rust over wasmi, an interpreter for machines on which nothing may be
//! compiled. docs/abi.md explains every call; ../classify.py is the same in Python.
//!
//!     cargo run --release -- FOLDER scalar.wasm "a gorgeous, witty, seductive movie"
//!
//! FOLDER holds config.json and model.safetensors as the package saves them, of any variant that hashes tokens by their
//! text (not the hash `lsh`, not `vocab`), in either layout. Numbers and names of tensors are those of abi.json, which
//! lies beside the wasm file. It prints the logits of each text, their bits and the best label, or of a sentence model
//! the vector and its bits. Tokens are the package's for the characters of Unicode 14, which Rust and the regex crate know
//! as they know later ones.

use regex::Regex;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use std::path::Path;
use wasmi::{Engine, Instance, Linker, Memory, Module, Store, Val};

type Failure = Box<dyn std::error::Error>;

/// A size of abi.json: a number, a field of config.json (of a list its length), or the sum of the two.
fn size(size: &Value, config: &Value) -> i32 {
    let count = |value: &Value| value.as_array().map_or(value.as_i64().unwrap_or(0), |list| list.len() as i64) as i32;
    match size {
        Value::Array(sum) => sum.iter().map(|part| self::size(part, config)).sum(),
        Value::String(name) if name == "head_size" => {
            count(&config["hidden_size"]) / count(&config["num_attention_heads"])
        }
        Value::String(name) => count(&config[name]),
        number => count(number),
    }
}

/// A whole number of abi.json.
fn number(value: &Value) -> i32 {
    value.as_i64().unwrap_or(0) as i32
}

/// A model's config.json, and the abi.json of the wasm file that computes it.
struct Model {
    config: Value,
    abi: Value,
}

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
    fn load(&mut self, file: &SafeTensors, abi: &Value, config: &Value) -> Result<(), Failure> {
        let has = |name: &str| file.tensor(name).is_ok();
        let layout = if has("embedding.norm.weight") { "name" } else { "reference" };
        let prefixes = abi["prefixes"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let prefix = { prefixes }.find(|prefix| has(&format!("{prefix}embeddings.LayerNorm.weight"))).unwrap_or("");
        let spell = |names: &Value, layer: i32| {
            let name = names[layout].as_str().unwrap_or("");
            name.replace('*', prefix).replace("{layer}", &layer.to_string())
        };
        let mut stores: Vec<(&str, Vec<i32>, String, Vec<i32>)> = Vec::new();
        for tensor in abi["tensors"].as_array().into_iter().flatten() {
            if !tensor["variants"].as_array().is_some_and(|all| all.contains(&config["variant"])) {
                continue;
            }
            let layers = if tensor["every_layer"] == true { number(&config["num_hidden_layers"]) } else { 1 };
            let parts = tensor["parts"].as_array().ok_or("abi.json: no parts")?;
            let [slot, rows, width] = ["slot", "rows", "width"].map(|field| size(&tensor[field], config));
            for n in 0..layers {
                let names: Vec<String> = parts.iter().map(|part| spell(part, n)).collect();
                // The model may have no such head, or no projection.
                if tensor["optional"] == true && !has(&names[0]) {
                    continue;
                }
                let mut int8 = tensor["int8"] == true;
                for name in &names {
                    let stored = file.tensor(name)?;
                    let shape = [rows as usize, width as usize];
                    if !shape.ends_with(stored.shape()) {
                        return Err(format!("{name} has the shape {:?}, not {shape:?}", stored.shape()).into());
                    }
                    int8 &= stored.dtype() == Dtype::I8;
                }
                if tensor["create"] == "table" {
                    self.enough("createTable", &[slot, n, rows, width, int8 as i32])?;
                    stores.push(("storeTableRows", vec![slot, n], names[0].clone(), vec![0, rows]));
                    continue;
                }
                let [outputs, inputs] = ["output_group", "input_group"].map(|field| size(&tensor[field], config));
                let count = names.len() as i32;
                self.enough("createLinear", &[slot, n, count, rows, width, outputs, inputs, int8 as i32])?;
                for (index, (part, name)) in (0..).zip(parts.iter().zip(names)) {
                    stores.push(("storeLinearRows", vec![slot, n, index], name, vec![0, rows]));
                    if part["bias"].is_object() {
                        stores.push(("storeBias", vec![slot, n, index], spell(&part["bias"], n), vec![rows]));
                    }
                }
            }
        }
        for (export, place, name, rows) in stores {
            let tensor = file.tensor(&name)?;
            let dtype = abi["dtypes"][format!("{:?}", tensor.dtype())].as_i64().ok_or("unknown dtype")? as i32;
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
    fn run(&mut self, tokens: &[String], model: &Model, width: i32, emit: (&str, &[i32])) -> Result<Vec<f32>, Failure> {
        let text = tokens.join("\n");
        let constant = |name: &str| Val::I32(number(&model.abi["constants"][name]));
        let (count, bytes, rows) = (tokens.len() as i32, text.len() as i32, tokens.len() as i32 + 2);
        self.enough("prepare", &[count, bytes, rows, 1, rows, 0, width, width])?;
        let ids: Vec<u8> =
            (0..rows).flat_map(|i| [0i32, -1, 2][(i > 0) as usize + (i == rows - 1) as usize].to_le_bytes()).collect();
        let starts = [0i32.to_le_bytes(), rows.to_le_bytes()].concat();
        for (region, data) in [("TEXT", text.as_bytes()), ("ROWS", &ids), ("STARTS", &starts)] {
            let address = self.call("region", &[constant(region)])? as u32;
            self.memory.write(&mut self.store, address as usize, data)?;
        }
        if count > 0 {
            self.enough("splitText", &[bytes])?;
            self.enough("hashTokens", &[])?;
        }
        self.enough("embed", &[])?;
        self.enough("encode", &[number(&model.config["num_hidden_layers"])])?;
        self.enough(emit.0, emit.1)?;
        let mut output = vec![0; width as usize * 4];
        let address = self.call("region", &[constant("OUTPUT")])? as u32;
        self.memory.read(&self.store, address as usize, &mut output)?;
        Ok(output.chunks(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect())
    }
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, wasm, texts @ ..] = &arguments[..] else {
        return Err("classify FOLDER WASM TEXT...".into());
    };
    let json = |path: &Path| -> Result<Value, Failure> { Ok(serde_json::from_slice(&std::fs::read(path)?)?) };
    let (config, abi) =
        (json(&Path::new(folder).join("config.json"))?, json(&Path::new(wasm).with_file_name("abi.json"))?);
    if config["variant"] == "vocab" || config["hash"] == "lsh" || config["tokenizer"] != "reference" {
        return Err(format!("{folder}: this host runs no such model").into());
    }
    let field = |name: &str| number(&config[name]);

    let engine = Engine::default();
    let module = Module::new(&engine, std::fs::read(wasm)?)?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module)?;
    let memory = instance.get_memory(&store, "memory").ok_or("no memory is exported")?;
    let mut host = Host { store, instance, memory };
    if (host.enough("abiVersion", &[])? as i32, host.enough("probe", &[])?) != (number(&abi["abi_version"]), 1) {
        return Err(format!("{wasm}: another ABI than that of its abi.json").into());
    }

    let mut block: Vec<u8> = Vec::new();
    for one in abi["encoder"].as_array().into_iter().flatten() {
        let value = match one["part"].as_str() {
            // The number of what the architecture chooses.
            Some(part) => {
                &one["choices"][config["architecture"][part].as_str().or(one["default"].as_str()).unwrap_or("")]
            }
            None => config.get(one["field"].as_str().unwrap_or("")).unwrap_or(&one["default"]),
        };
        let value = value.as_f64().ok_or(format!("config.json does not say {one}"))?;
        block.extend(if one["type"] == "f32" { (value as f32).to_le_bytes() } else { (value as i32).to_le_bytes() });
    }
    let address = host.stage(&block)?;
    host.enough("configureEncoder", &[address, block.len() as i32 / 4])?;
    let variant = number(&abi["variants"][config["variant"].as_str().unwrap_or("")]);
    host.call("configureEmbedding", &[Val::I32(variant), Val::I32(field("embedding_size"))])?;
    // N-grams see the marks around a token.
    let features = config["variant"] == "ngram";
    let marked = features || config["hash"] == "simhash";
    let grams = |i: usize| if marked { number(&config["ngram_range"][i]) } else { 0 };
    let hash = number(&abi["hashes"][config["hash"].as_str().unwrap_or("")]);
    let most = if grams(1) > 0 { field("max_ngrams") } else { 0 };
    let marks = (config["boundary_marks"] == true) as i32;
    host.enough("configureHash", &[hash, field("buckets"), grams(0), grams(1), most, marks])?;
    let words = if features { config["hash_keys"].as_array().cloned() } else { Some(vec![config["hash_key"].clone()]) };
    let gram = (features && grams(1) > 0).then(|| config["ngram_key"].clone());
    for key in words.into_iter().flatten().chain(gram) {
        let key = key.as_str().ok_or("a key is no string")?;
        let address = host.stage(key.as_bytes())?;
        host.enough("addKey", &[address, key.len() as i32])?;
    }
    let weights = std::fs::read(format!("{folder}/model.safetensors"))?;
    host.load(&SafeTensors::deserialize(&weights)?, &abi, &config)?;
    host.enough("finish", &[field("max_position_embeddings")])?;

    // Python's \w and \s, by which the tokenizer "reference" is defined.
    let token = Regex::new(r"[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s\x1c-\x1f]+")?;
    let embeds = config["sentence_embedding_size"].is_number();
    let pooled =
        [number(&abi["poolings"][config["pooling"].as_str().unwrap_or("mean")]), (config["normalize"] == true) as i32];
    let emit: (&str, &[i32]) = if embeds { ("emitSentences", &pooled) } else { ("emitLogits", &[]) };
    let width = field(if embeds { "sentence_embedding_size" } else { "num_labels" });
    let most = field("max_length") as usize - 2;
    let model = Model { config, abi };
    for text in texts {
        let text = text.to_lowercase();
        let mark = |token: &str| if marked { format!("<{token}>") } else { token.to_string() };
        let tokens: Vec<String> = token.find_iter(&text).map(|found| mark(found.as_str())).take(most).collect();
        let numbers = host.run(&tokens, &model, width, emit)?;
        let bits: Vec<String> = numbers.iter().map(|number| format!("{:08x}", number.to_bits())).collect();
        print!("{}\t{numbers:?}", bits.join(" "));
        let best = (0..numbers.len()).max_by(|&i, &j| numbers[i].total_cmp(&numbers[j])).unwrap_or(0);
        println!(
            "{}",
            if embeds { String::new() } else { format!("\t{}", model.config["id2label"][best.to_string()]) }
        );
    }
    Ok(())
}
