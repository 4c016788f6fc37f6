//! Other analysers that a policy names: what they find in a change is compared, decided and shown like our own findings,
//! and they look at every fix again.
//!
//! `outside` is the only part that touches the world: it lays out files and runs commands. Everything else is pure: `sarif`
//! reads what an engine prints, `uri` says which file it means, `answer` makes findings of it (`cwe` knows weaknesses that
//! belong together, and rules whose engines do not name theirs), `opinions` asks all engines about both sides of a change,
//! `join` puts together what several saw, `again` has fixes looked at. Which engines there are is the policy's matter.
//!
//! An engine is run once over both sides of a change, and once over all candidate fixes of a round, since starting one
//! costs seconds and a file more costs little. Each state is a folder of its own below the one in which the command runs,
//! at both occasions, so that rules which go by a file's path say the same of all of them.

pub mod again;
pub mod answer;
pub mod cwe;
pub mod join;
pub mod opinions;
pub mod outside;
pub mod sarif;
pub mod uri;

pub use answer::engine_of;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::policy::Engine;
use crate::syntax::Source;

/// The largest SARIF text that is read, in bytes.
pub const MAX_SARIF: usize = 32_000_000;
/// The most bytes of code that are laid out for one run of an engine.
pub const MAX_LAID_OUT: usize = 256_000_000;

/// Files that an engine is to look at: one state of a change.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// Its name below the folder in which the engine runs; a plain word.
    pub name: String,
    /// The texts by path.
    pub files: BTreeMap<String, Arc<Source>>,
}

/// What an engine said.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// SARIF.
    pub sarif: Vec<u8>,
    /// The folder that its paths are relative to, where it names them from the file system's root; '/'-separated.
    pub root: String,
}

/// Asks engines.
pub trait Engines: Sync {
    /// What an engine says about some folders; of one that is a file, what the file says, whatever the folders.
    ///
    /// # Errors
    /// Why it says nothing: one sentence without a full stop, harmless to show.
    fn look(&self, engine: &Engine, folders: &[Folder]) -> Result<Answer, String>;
}
