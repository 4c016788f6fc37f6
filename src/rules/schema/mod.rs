//! What the files of `rules/` may say, as written.
//!
//! This folder, `place.rs` and `compile.rs` are compiled twice: into the build script, which reads our own YAML and writes
//! the index, and into the crate, which reads users' own rules at run time. So they depend on serde and std alone.
//!
//! ## Paths and patterns
//!
//! A *path* is a dotted qualified name: a module, a function in it, a type, a method of a type. A value that is an
//! instance of a type has the type's path, so `cursor.execute` has the path `sqlite3.Cursor.execute` when `cursor` came
//! from `sqlite3.connect(…).cursor()` and the model gives those their types. The result of a call that no model describes
//! has the callee's path with `()` behind it. JavaScript modules stand as imported, without `node:` (`child_process.exec`,
//! `express.Router`). Names neither imported nor defined in the file are globals and are their own path (`open`, `eval`,
//! `document.cookie`, `process.env`). An assignment to a variable of a function has the path `local.` and its name; what an
//! entry with `returns` returns is written to `returned.` and the sink kind; a test for equality is a call of `operator.eq` or
//! `operator.ne`, and one for containment a call of `operator.contains`.
//!
//! Where a model tells apart in which state an object is (a response that is no page, a parser that reads no entities), it
//! gives the object a type of its own: the real type with a mark and a word behind it, `java.io.PrintWriter#html`. Messages
//! show the real type only.
//!
//! A *pattern* is a path in which a segment may be `{a,b,c}` (one of) or `*` (any one segment; last: any member). A leading
//! `*.` matches a receiver of unknown or unmodelled type, and only that: it is how a model opts in to shape alone.
//!
//! ## Places
//!
//! `arg[0]`, `arg[-1]`, `arg[1:]` (all from there on), `arg[*]` (all), `arg[name]` (keyword), `arg[0|name]` (either), `receiver`,
//! `owner` (of `w.Header().Set(…)`, `w`: what the receiver is a part of), `return`, `callee`, `value` (what is assigned or read). Behind it any of `.field`, `.key(x)`, `.element`, `.param[1]` (a
//! parameter of the function that is passed there). Of an assignment `arg[0]` is a key that is not known, and of a returned
//! tuple they are its parts. In JavaScript an option is a key of an argument:
//! `arg[2].key(httpOnly)`; a key of a nested object `arg[0].key(cookie).key(secure)`.

mod kinds;
mod model;
mod rule;

use serde::Deserialize;

pub use kinds::*;
pub use model::*;
pub use rule::*;

/// One or several of something, written with or without a list.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// Written as a list.
    Many(Vec<T>),
    /// Written alone.
    One(T),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        OneOrMany::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    /// The items, however they were written.
    pub fn as_slice(&self) -> &[T] {
        match self {
            OneOrMany::Many(items) => items,
            OneOrMany::One(item) => std::slice::from_ref(item),
        }
    }
}
