//! Loading a model and its adapter.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::model::{LlamaLoraAdapter, LlamaModel};
use llama_cpp_2::{LogOptions, send_logs_to_tracing};

use super::generate::Writer;
use crate::model::stop::Stop;
use crate::model::{Failure, FailureKind};
use crate::policy::ModelSettings;

/// More threads wait for memory, and for each other.
const MOST_THREADS: usize = 32;

/// What is loaded, and with how many threads it is used.
pub(super) struct Files {
    model: PathBuf,
    adapter: Option<(PathBuf, f32)>,
    pub threads: usize,
}

impl Files {
    /// Those of some settings, which must be GGUF files.
    pub(super) fn of(model: &Path, settings: &ModelSettings) -> Result<Self, Failure> {
        look("the model", model)?;
        let adapter = settings.lora.as_ref().map(|lora| (PathBuf::from(&lora.adapter), lora.scale as f32));
        if let Some((file, _)) = &adapter {
            look("the adapter", file)?;
        }
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
        Ok(Files { model: model.to_path_buf(), adapter, threads: threads.min(MOST_THREADS) })
    }

    /// The name of the adapter in reports.
    pub(super) fn adapter_name(&self) -> Option<String> {
        self.adapter.as_ref().map(|(file, _)| stem(file))
    }
}

/// The name of a file without its folder and ending.
pub(super) fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

/// A model in memory.
pub(super) struct Loaded {
    backend: &'static LlamaBackend,
    model: LlamaModel,
    adapter: Option<(LlamaLoraAdapter, f32)>,
}

impl Loaded {
    /// What answers with it.
    pub(super) fn writer(&mut self, files: &Files) -> Writer<'_> {
        Writer::new(self.backend, &self.model, self.adapter.as_mut().map(|(a, scale)| (a, *scale)), files)
    }
}

fn unreachable(why: String) -> Failure {
    Failure::new(FailureKind::Unreachable, why)
}

/// Looks at the beginning of a file, so that the commonest mistakes get a better message than llama.cpp gives.
fn look(what: &str, path: &Path) -> Result<(), Failure> {
    let failed = |why: &str| unreachable(format!("{what} {} cannot be loaded: {why}", path.display()));
    let mut magic = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    match read {
        Ok(()) if magic == *b"GGUF" => Ok(()),
        Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => Err(failed(&error.to_string())),
        _ => Err(failed("it is no GGUF file")),
    }
}

/// llama.cpp itself, silent. It can be started once in a process, and stays.
fn backend() -> Result<&'static LlamaBackend, Failure> {
    static BACKEND: OnceLock<Option<LlamaBackend>> = OnceLock::new();
    let backend = BACKEND.get_or_init(|| {
        send_logs_to_tracing(LogOptions::default().with_logs_enabled(false));
        LlamaBackend::init().ok()
    });
    backend.as_ref().ok_or_else(|| unreachable("llama.cpp does not start".to_string()))
}

/// Loads the files; a stop ends that too.
pub(super) fn load(files: &Files, stop: &Stop) -> Result<Loaded, Failure> {
    let backend = backend()?;
    let stopping = stop.clone();
    let params = LlamaModelParams::default().with_progress_callback(move |_| !stopping.is_asked());
    let shown = files.model.display();
    let mut model = LlamaModel::load_from_file(backend, &files.model, &params).map_err(|_| match stop.is_asked() {
        true => super::stopped(),
        false => unreachable(format!(
            "the model {shown} cannot be loaded: it is broken, cut off, of a kind that this version does not know, or larger \
             than the memory"
        )),
    })?;
    let adapter = match &files.adapter {
        None => None,
        Some((file, scale)) => {
            let adapter = model.lora_adapter_init(file).map_err(|_| {
                unreachable(format!(
                    "the adapter {} cannot be loaded: it is broken, or was made for another model than {shown}",
                    file.display()
                ))
            })?;
            Some((adapter, *scale))
        }
    };
    Ok(Loaded { backend, model, adapter })
}
