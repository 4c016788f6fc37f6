//! Models in this process: GGUF files, by llama.cpp. Only in builds with the cargo feature `embedded-model`.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaLoraAdapter, LlamaModel};
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;

use super::stop::Stop;
use super::{Answer, End, Failure, FailureKind, Model, Request, Role};

/// Tokens that are read at once; between two such batches it is asked whether to stop.
const BATCH: usize = 256;
/// The longest context that is laid out, in tokens: its memory grows with it.
const MOST_CONTEXT: u32 = 16_384;

/// Tuned weights that are laid over a model.
pub struct Adapter<'a> {
    /// A GGUF file.
    pub path: &'a Path,
    /// How strongly they count; 1 as they were trained.
    pub scale: f32,
}

/// A model of a GGUF file. One request is answered at a time.
pub struct Embedded {
    id: String,
    adapter: Option<String>,
    context_tokens: u32,
    timeout: Duration,
    stop: Stop,
    loaded: Mutex<Loaded>,
}

struct Loaded {
    adapter: Option<(LlamaLoraAdapter, f32)>,
    template: Option<LlamaChatTemplate>,
    model: LlamaModel,
    backend: LlamaBackend,
}

fn unreachable(why: String) -> Failure {
    Failure::new(FailureKind::Unreachable, why)
}

impl Embedded {
    /// Loads a model, which is known as `name`, and its tuned weights.
    ///
    /// # Errors
    ///
    /// A file is not there, or is none of a model.
    pub fn load(
        path: &Path,
        name: Option<&str>,
        adapter: Option<Adapter<'_>>,
        timeout: Duration,
        stop: Stop,
    ) -> Result<Self, Failure> {
        looks_like_gguf(path)?;
        let mut backend = LlamaBackend::init()
            .map_err(|e| unreachable(format!("the embedded model's engine does not start: {e}")))?;
        backend.void_logs();
        let params = LlamaModelParams::default().with_n_gpu_layers(0);
        let mut model = LlamaModel::load_from_file(&backend, path, &params)
            .map_err(|e| unreachable(format!("{}: not a model that can be loaded: {e}", path.display())))?;
        let mut named = None;
        let mut loaded = None;
        if let Some(adapter) = adapter {
            looks_like_gguf(adapter.path)?;
            let tuned = model
                .lora_adapter_init(adapter.path)
                .map_err(|e| unreachable(format!("{}: not an adapter for this model: {e}", adapter.path.display())))?;
            named = Some(stem(adapter.path));
            loaded = Some((tuned, adapter.scale));
        }
        let template = model.chat_template(None).ok();
        Ok(Embedded {
            id: format!("embedded:{}", name.map_or_else(|| stem(path), str::to_string)),
            adapter: named,
            context_tokens: model.n_ctx_train().min(MOST_CONTEXT),
            timeout,
            stop,
            loaded: Mutex::new(Loaded { adapter: loaded, template, model, backend }),
        })
    }
}

/// llama.cpp says only that a file cannot be loaded; this says why, where that is simple.
fn looks_like_gguf(path: &Path) -> Result<(), Failure> {
    let mut magic = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut f| std::io::Read::read_exact(&mut f, &mut magic));
    match read {
        Err(e) => Err(unreachable(format!("{}: {e}", path.display()))),
        Ok(()) if &magic != b"GGUF" => Err(unreachable(format!("{}: not a GGUF file", path.display()))),
        Ok(()) => Ok(()),
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned())
}

impl Model for Embedded {
    fn id(&self) -> &str {
        &self.id
    }

    fn adapter(&self) -> Option<&str> {
        self.adapter.as_deref()
    }

    fn context_tokens(&self) -> Option<u32> {
        Some(self.context_tokens)
    }

    fn answer(&self, request: &Request) -> Result<Answer, Failure> {
        let mut loaded = self.loaded.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // The time that others took does not count.
        let begin = Instant::now();
        let limits = Limits { end: begin + self.timeout, stop: &self.stop, context_tokens: self.context_tokens };
        let mut answer = loaded.answer(request, &limits)?;
        answer.seconds = (begin.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        Ok(answer)
    }
}

struct Limits<'a> {
    end: Instant,
    stop: &'a Stop,
    context_tokens: u32,
}

impl Limits<'_> {
    fn check(&self) -> Result<(), Failure> {
        if self.stop.is_asked() {
            return Err(Failure::new(FailureKind::Stopped, "the run was stopped"));
        }
        if Instant::now() >= self.end {
            return Err(Failure::new(FailureKind::TimedOut, "the model took longer than one request may take"));
        }
        Ok(())
    }
}

impl Loaded {
    fn answer(&mut self, request: &Request, limits: &Limits<'_>) -> Result<Answer, Failure> {
        let prompt = self.prompt(request)?;
        let needed = prompt.len() as u64 + u64::from(request.max_tokens);
        if needed > u64::from(limits.context_tokens) {
            let why = format!("{needed} tokens are needed, and the model takes {}", limits.context_tokens);
            return Err(Failure::new(FailureKind::Refused, why));
        }
        let mut sampler = self.sampler(request)?;
        // Threads wait for each other after every layer, spinning; a core that somebody else needs holds up all of them. Words
        // are written one after the other, which half of the cores do nearly as fast.
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get().min(16)) as i32;
        let size = u32::try_from(needed.next_multiple_of(256)).ok().and_then(NonZeroU32::new);
        let params = LlamaContextParams::default()
            .with_n_ctx(size)
            .with_n_batch(BATCH as u32)
            .with_n_threads((cores / 2).max(1))
            .with_n_threads_batch(cores);
        let mut context = self
            .model
            .new_context(&self.backend, params)
            .map_err(|e| unreachable(format!("the model's context cannot be laid out: {e}")))?;
        if let (true, Some((adapter, scale))) = (request.tuned, &mut self.adapter) {
            context
                .lora_adapter_set(adapter, *scale)
                .map_err(|e| unreachable(format!("the adapter cannot be used: {e}")))?;
        }
        read(&mut context, &prompt, limits)?;
        let (tokens, end) = write(&mut context, &self.model, &mut sampler, prompt.len(), request.max_tokens, limits)?;
        let mut bytes = Vec::new();
        for token in &tokens {
            bytes.extend(self.model.vocab().token_to_piece(*token, false, None));
        }
        Ok(Answer {
            text: String::from_utf8_lossy(&bytes).into_owned(),
            end,
            tokens_in: prompt.len() as u64,
            tokens_out: tokens.len() as u64,
            seconds: 0.0,
        })
    }

    /// The conversation in the words of the model's template. What was said is never read as a control token, whatever the
    /// text looks like: only the template's own words may be.
    fn prompt(&self, request: &Request) -> Result<Vec<LlamaToken>, Failure> {
        let mut said: Vec<(&str, &str)> = Vec::new();
        if !request.system.is_empty() {
            said.push(("system", &request.system));
        }
        said.extend(request.turns.iter().map(|turn| match turn.role {
            Role::User => ("user", turn.text.as_str()),
            Role::Assistant => ("assistant", turn.text.as_str()),
        }));
        let vocab = self.model.vocab();
        let Some(template) = &self.template else {
            // A base model: the texts alone.
            let texts: Vec<&str> = said.iter().map(|(_, text)| *text).collect();
            return Ok(vocab.tokenize(texts.join("\n\n").as_bytes(), true, false));
        };
        let marks: Vec<String> = (0..said.len()).map(|i| format!("\u{1}{i}\u{2}")).collect();
        let broken = |e: String| unreachable(format!("the model's chat template cannot be used: {e}"));
        let messages: Result<Vec<LlamaChatMessage>, _> = (said.iter().zip(&marks))
            .map(|((role, _), mark)| LlamaChatMessage::new((*role).to_string(), mark.clone()))
            .collect();
        let messages = messages.map_err(|e| broken(e.to_string()))?;
        let whole = self.model.apply_chat_template(template, &messages, true).map_err(|e| broken(e.to_string()))?;
        let mut tokens = Vec::new();
        let mut rest = whole.as_str();
        for ((_, text), mark) in said.iter().zip(&marks) {
            let Some((before, after)) = rest.split_once(mark.as_str()) else {
                return Err(broken("it leaves out a message".to_string()));
            };
            tokens.extend(vocab.tokenize(before.as_bytes(), tokens.is_empty(), true));
            tokens.extend(vocab.tokenize(text.as_bytes(), false, false));
            rest = after;
        }
        tokens.extend(vocab.tokenize(rest.as_bytes(), tokens.is_empty(), true));
        Ok(tokens)
    }

    fn sampler(&self, request: &Request) -> Result<LlamaSampler, Failure> {
        let mut parts = Vec::new();
        if let Some(schema) = &request.schema {
            let unusable =
                |e: String| Failure::new(FailureKind::Refused, format!("the schema cannot be followed: {e}"));
            let grammar =
                llama_cpp_2::json_schema_to_grammar(&schema.to_string()).map_err(|e| unusable(e.to_string()))?;
            parts.push(LlamaSampler::grammar(&self.model, &grammar, "root").map_err(|e| unusable(e.to_string()))?);
        }
        if request.temperature > 0.0 {
            parts.push(LlamaSampler::top_p(0.95, 1));
            parts.push(LlamaSampler::temp(request.temperature as f32));
            parts.push(LlamaSampler::dist(request.seed.unwrap_or(0) as u32));
        } else {
            parts.push(LlamaSampler::greedy());
        }
        Ok(LlamaSampler::chain(parts, true))
    }
}

/// Has the model read the prompt.
fn read(context: &mut LlamaContext<'_>, prompt: &[LlamaToken], limits: &Limits<'_>) -> Result<(), Failure> {
    let mut at = 0;
    for part in prompt.chunks(BATCH) {
        limits.check()?;
        let mut batch = LlamaBatch::new(BATCH, 1);
        for token in part {
            at += 1;
            let last = at == prompt.len();
            batch.add(*token, (at - 1) as i32, &[0], last).map_err(|e| unreachable(e.to_string()))?;
        }
        context.decode(&mut batch).map_err(|e| unreachable(format!("the model cannot read the prompt: {e}")))?;
    }
    Ok(())
}

/// Has the model write its answer, token by token.
fn write(
    context: &mut LlamaContext<'_>,
    model: &LlamaModel,
    sampler: &mut LlamaSampler,
    mut position: usize,
    max_tokens: u32,
    limits: &Limits<'_>,
) -> Result<(Vec<LlamaToken>, End), Failure> {
    let mut tokens = Vec::new();
    let mut batch = LlamaBatch::new(1, 1);
    loop {
        limits.check()?;
        let token = sampler.sample(context, -1);
        if model.vocab().is_eog(token) {
            return Ok((tokens, End::Complete));
        }
        if tokens.len() >= max_tokens as usize {
            return Ok((tokens, End::Length));
        }
        tokens.push(token);
        batch.clear();
        batch.add(token, position as i32, &[0], true).map_err(|e| unreachable(e.to_string()))?;
        position += 1;
        context.decode(&mut batch).map_err(|e| unreachable(format!("the model cannot go on: {e}")))?;
    }
}
