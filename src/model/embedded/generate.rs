//! Writing an answer, token by token.

use std::num::NonZeroU32;
use std::time::Instant;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::{LlamaLoraAdapter, LlamaModel};
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;

use super::load::Files;
use super::{cores, prompt};
use crate::model::stop::Stop;
use crate::model::{Answer, End, Failure, FailureKind, Request};

/// How many tokens of a question are read at once; between two such steps a stop is noticed.
const STEP: usize = 64;
/// Contexts grow by this many tokens: enough for what a task is asked in later rounds, which then needs no new one.
const GROWTH: u32 = 4_096;
/// The largest context. Memory grows with it, and small models do not use more well.
const LARGEST: u32 = 32_768;
/// The shortest answer that is worth beginning.
const SHORTEST: u32 = 16;

/// Until when an answer is written.
pub(super) struct Limits<'a> {
    /// The end of the time for one request.
    pub own: Option<Instant>,
    /// The end of the time for the run.
    pub run: Option<Instant>,
    pub stop: &'a Stop,
}

impl Limits<'_> {
    fn check(&self) -> Result<(), Failure> {
        let is_over = |end: Option<Instant>| end.is_some_and(|end| Instant::now() >= end);
        if self.stop.is_asked() {
            Err(super::stopped())
        } else if is_over(self.run) {
            Err(Failure::new(FailureKind::BudgetSpent, "the time that models may take in one run is over"))
        } else if is_over(self.own) {
            Err(Failure::new(FailureKind::TimedOut, "the embedded model did not end its answer in time"))
        } else {
            Ok(())
        }
    }
}

/// A model that writes answers, with what it read last.
pub(super) struct Writer<'a> {
    backend: &'static LlamaBackend,
    model: &'a LlamaModel,
    adapter: Option<(&'a mut LlamaLoraAdapter, f32)>,
    /// The most threads.
    threads: usize,
    /// The most tokens of question and answer together.
    most: u32,
    context: Option<Context<'a>>,
}

/// What the model has read so far.
struct Context<'a> {
    llama: LlamaContext<'a>,
    size: u32,
    threads: usize,
    tuned: bool,
    /// The tokens of the last question, as far as they were read in whole steps. A question that begins alike is read from
    /// there on. The steps are the same as without, and so is, to the last bit, what comes out.
    read: Vec<LlamaToken>,
}

fn malformed(why: &str) -> Failure {
    Failure::new(FailureKind::Malformed, format!("the embedded model gives no answer: {why}"))
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        backend: &'static LlamaBackend,
        model: &'a LlamaModel,
        adapter: Option<(&'a mut LlamaLoraAdapter, f32)>,
        files: &Files,
    ) -> Self {
        let most = model.n_ctx_train().clamp(1, LARGEST);
        Writer { backend, model, adapter, threads: files.threads, most, context: None }
    }

    /// The most tokens that question and answer may have together.
    pub(super) fn context_tokens(&self) -> u32 {
        self.most
    }

    pub(super) fn answer(&mut self, request: &Request, limits: &Limits<'_>) -> Result<Answer, Failure> {
        let start = Instant::now();
        limits.check()?;
        let question = prompt::tokens(self.model, request);
        let asked = u32::try_from(question.len()).unwrap_or(u32::MAX);
        let room = self.most.saturating_sub(asked).min(request.max_tokens);
        if asked == 0 || room < SHORTEST.min(request.max_tokens) {
            let why = format!("the request has {asked} tokens, and the model can read {}", self.most);
            return Err(Failure::new(FailureKind::TooLong, why));
        }
        let mut sampler = sampler(self.model, request)?;
        self.prepare(&question, asked + room, request.tuned && self.adapter.is_some())?;
        let Some(context) = &mut self.context else { return Err(malformed("there is no context")) };
        let index = context.read(&question, limits)?;
        let (bytes, count, end) = context.write(self.model, &mut sampler, index, (asked, room), limits)?;
        Ok(Answer {
            text: String::from_utf8_lossy(&bytes).into_owned(),
            end,
            tokens_in: u64::from(asked),
            tokens_out: u64::from(count),
            seconds: (start.elapsed().as_secs_f64() * 1_000.0).round() / 1_000.0,
        })
    }

    /// A context that is large enough, for the threads that have a core of their own, with or without the adapter.
    fn prepare(&mut self, question: &[LlamaToken], tokens: u32, tuned: bool) -> Result<(), Failure> {
        let threads = cores::free(self.threads);
        let fits = |context: &Context<'_>| {
            let is_read = context.tuned == tuned && context.known(question) > 0;
            context.size >= tokens && (context.threads == threads || context.threads < threads && is_read)
        };
        if !self.context.as_ref().is_some_and(fits) {
            self.context = None;
            self.context = Some(self.open(tokens, threads)?);
        }
        if let Some(context) = &mut self.context
            && let Some((adapter, scale)) = &mut self.adapter
            && context.tuned != tuned
        {
            let set = match tuned {
                true => context.llama.lora_adapter_set(adapter, *scale).is_ok(),
                false => context.llama.lora_adapter_remove(adapter).is_ok(),
            };
            if !set {
                return Err(malformed("the adapter cannot be applied"));
            }
            context.tuned = tuned;
            context.read.clear();
        }
        Ok(())
    }

    fn open(&self, tokens: u32, threads: usize) -> Result<Context<'a>, Failure> {
        let size = tokens.next_multiple_of(GROWTH).min(self.most.max(tokens));
        let count = i32::try_from(threads).unwrap_or(1);
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(size))
            .with_n_batch(STEP as u32)
            .with_n_ubatch(STEP as u32)
            .with_n_threads(count)
            .with_n_threads_batch(count);
        let llama = self.model.new_context(self.backend, params).map_err(|_| {
            let why = format!("there is not enough memory for {size} tokens of context");
            Failure::new(FailureKind::Unreachable, why)
        })?;
        Ok(Context { llama, size, threads, tuned: false, read: Vec::new() })
    }
}

impl Context<'_> {
    /// How many tokens of a question need not be read again. The last one always is, because its scores are needed.
    fn known(&self, question: &[LlamaToken]) -> usize {
        let same = self.read.iter().zip(question).take_while(|(a, b)| a == b).count();
        same.min(question.len().saturating_sub(1)) / STEP * STEP
    }

    /// Reads a question; the place of the scores for what comes next.
    fn read(&mut self, question: &[LlamaToken], limits: &Limits<'_>) -> Result<i32, Failure> {
        let mut start = self.known(question);
        let first = u32::try_from(start).unwrap_or(0);
        if !matches!(self.llama.clear_kv_cache_seq(Some(0), Some(first), None), Ok(true)) {
            self.llama.clear_kv_cache();
            start = 0;
        }
        self.read.truncate(start);
        let mut place = 0;
        for step in question[start..].chunks(STEP) {
            limits.check()?;
            let mut batch = LlamaBatch::new(STEP, 1);
            for (offset, token) in step.iter().enumerate() {
                let is_last = start + offset + 1 == question.len();
                let position = i32::try_from(start + offset).map_err(|_| malformed("it is too long"))?;
                batch.add(*token, position, &[0], is_last).map_err(|_| malformed("a step is too long"))?;
            }
            self.decode(&mut batch)?;
            place = batch.n_tokens() - 1;
            start += step.len();
            if step.len() == STEP {
                self.read.extend_from_slice(step);
            }
        }
        Ok(place)
    }

    /// Writes up to so many tokens; the bytes, their number, and why they end.
    fn write(
        &mut self,
        model: &LlamaModel,
        sampler: &mut LlamaSampler,
        mut place: i32,
        (asked, room): (u32, u32),
        limits: &Limits<'_>,
    ) -> Result<(Vec<u8>, u32, End), Failure> {
        let vocabulary = model.vocab();
        let mut bytes = Vec::new();
        let mut batch = LlamaBatch::new(1, 1);
        for count in 0..room {
            limits.check()?;
            let mut scores = self.llama.token_data_array_ith(place);
            scores.apply_sampler(sampler);
            let token = scores.selected_token().ok_or_else(|| malformed("no token can come next"))?;
            if vocabulary.is_eog(token) {
                return Ok((bytes, count, End::Complete));
            }
            sampler.try_accept(token).map_err(|_| malformed("it leaves the form that was asked for"))?;
            vocabulary.token_to_piece_into(token, &mut bytes, false, None);
            if count + 1 == room {
                break;
            }
            batch.clear();
            let position = i32::try_from(asked + count).map_err(|_| malformed("it is too long"))?;
            batch.add(token, position, &[0], true).map_err(|_| malformed("a step is too long"))?;
            self.decode(&mut batch)?;
            place = 0;
        }
        Ok((bytes, room, End::Length))
    }

    fn decode(&mut self, batch: &mut LlamaBatch<'_>) -> Result<(), Failure> {
        self.llama.decode(batch).map_err(|error| {
            self.read.clear();
            malformed(&error.to_string())
        })
    }
}

/// What chooses the next token: the likeliest one, or one drawn at random; only those that a schema allows.
fn sampler(model: &LlamaModel, request: &Request) -> Result<LlamaSampler, Failure> {
    let mut chain = Vec::new();
    if let Some(schema) = &request.schema {
        let grammar = llama_cpp_2::json_schema_to_grammar(&schema.to_string())
            .map_err(|_| malformed("the schema cannot be followed"))?;
        let grammar =
            LlamaSampler::grammar(model, &grammar, "root").map_err(|_| malformed("the schema cannot be followed"))?;
        chain.push(grammar);
    }
    if request.temperature > 0.0 {
        chain.push(LlamaSampler::top_k(40));
        chain.push(LlamaSampler::top_p(0.95, 1));
        chain.push(LlamaSampler::temp(request.temperature as f32));
        // Low bits of a seed tell runs apart well enough.
        chain.push(LlamaSampler::dist(request.seed.unwrap_or(0) as u32));
    } else {
        chain.push(LlamaSampler::greedy());
    }
    Ok(LlamaSampler::chain_simple(chain))
}
