//! From a policy file to the policy that judges: the files that it extends are read first, each is laid over those before,
//! and none can loosen what one of them locks.

use super::diagnosed::Text;
use super::fields::Author;
use super::layer::Layer;
use super::origin::Located;
use super::reference::{Reference, Remote, beside};
use super::settings::{LockName, SETTINGS, Said, Setting, Strictness};
use super::{BUILTIN, Builtin, KnownNames, PolicyError, read};
use crate::diagnostic::{Diagnostic, clip};

/// Policies that extend each other; people lose count before.
const MAX_DEPTH: usize = 8;
const MAX_FILES: usize = 32;

/// Where the files come from that a policy extends.
pub trait Texts {
    /// The path of a file that the file at `from` names. By default both lie in one tree, out of which nothing leads.
    fn path_of(&self, from: &str, written: &str) -> Result<String, String> {
        beside(from, written).ok_or_else(|| "it lies outside of the repository".to_owned())
    }

    /// The text of a file beside the policy; none where it is not there.
    fn file(&self, path: &str) -> Result<Option<String>, String>;

    /// The bytes of a file of another repository. Whoever asks compares their hash.
    fn remote(&self, remote: &Remote) -> Result<Vec<u8>, String>;
}

/// No files at all: for texts that stand alone.
pub struct NoTexts;

impl Texts for NoTexts {
    fn file(&self, _: &str) -> Result<Option<String>, String> {
        Err("no file can be read here".to_owned())
    }

    fn remote(&self, _: &Remote) -> Result<Vec<u8>, String> {
        Err("no other repository can be read here".to_owned())
    }
}

/// A merged policy, with the texts that it was made of, the lowest first.
pub(super) struct Stack {
    pub layer: Layer,
    pub texts: Vec<Text>,
}

/// Reads a policy and everything that it extends. Errors: what is wrong with the first of the files that is wrong.
pub(super) fn load(name: &str, text: &str, known: &KnownNames, texts: &dyn Texts) -> Result<Stack, PolicyError> {
    let mut loader = Loader { known, source: texts, open: Vec::new(), done: Vec::new(), stack: Stack::baseline() };
    let place = Place::File(name.to_owned());
    loader.add(place, text, None)?;
    Ok(loader.stack)
}

impl Stack {
    /// The built-in policy under every other.
    pub(super) fn baseline() -> Stack {
        let (layer, _) = read::read(&Author::Builtin(BUILTIN[0].name), BUILTIN[0].text, &KnownNames::default());
        Stack { layer, texts: vec![Text::builtin(&BUILTIN[0])] }
    }

    /// One of the others that come with the program; they extend `baseline` alone, and name no rules.
    pub(super) fn builtin(builtin: &Builtin) -> Stack {
        let mut stack = Stack::baseline();
        if builtin.name != BUILTIN[0].name {
            let (layer, _) = read::read(&Author::Builtin(builtin.name), builtin.text, &KnownNames::default());
            stack.layer = layer.over(std::mem::take(&mut stack.layer));
            stack.texts.push(Text::builtin(builtin));
        }
        stack
    }
}

/// Where a policy lies. The same place is read once.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Builtin(&'static str),
    File(String),
    Remote(Remote),
}

impl Place {
    fn name(&self) -> String {
        match self {
            Place::Builtin(name) => (*name).to_owned(),
            Place::File(path) => path.clone(),
            Place::Remote(remote) => remote.to_string(),
        }
    }
}

struct Loader<'a> {
    known: &'a KnownNames,
    source: &'a dyn Texts,
    /// The policies of which the one at hand is read, the outermost first.
    open: Vec<Place>,
    done: Vec<Place>,
    stack: Stack,
}

impl Loader<'_> {
    /// Adds a file behind those that it extends. `extended_at` is where another file names it.
    fn add(&mut self, place: Place, text: &str, extended_at: Option<&str>) -> Result<(), PolicyError> {
        let name = place.name();
        let author = match &place {
            Place::Builtin(name) => Author::Builtin(name),
            Place::File(_) | Place::Remote(_) => Author::File(&name),
        };
        let failed = |list: Vec<Diagnostic>, omitted: usize| {
            PolicyError::new(&name, text, list, omitted).extended_at(extended_at)
        };
        let (layer, errors) = read::read(&author, text, self.known);
        if !errors.is_empty() {
            return Err(failed(errors.list, errors.omitted));
        }
        self.open.push(place.clone());
        for reference in &layer.extends {
            if let Err(problem) = self.extend(&place, reference)? {
                return Err(failed(vec![at(text, reference, problem)], 0));
            }
        }
        self.open.pop();
        self.done.push(place);
        let loosened = loosened(&self.stack.layer, &layer, text);
        if !loosened.is_empty() {
            return Err(failed(loosened, 0));
        }
        let below = std::mem::take(&mut self.stack.layer);
        self.stack.layer = layer.over(below);
        self.stack.texts.push(Text::of(&author, text));
        Ok(())
    }

    /// Reads one policy that another extends. The inner error is about the reference, the outer about the file.
    fn extend(&mut self, from: &Place, reference: &Located<Reference>) -> Result<Result<(), String>, PolicyError> {
        let place = match self.place(from, &reference.value) {
            Ok(place) => place,
            Err(problem) => return Ok(Err(problem)),
        };
        if self.done.contains(&place) || place == Place::Builtin(BUILTIN[0].name) {
            return Ok(Ok(()));
        }
        if self.open.contains(&place) {
            let chain: Vec<String> = self.open.iter().map(Place::name).chain([place.name()]).collect();
            return Ok(Err(format!("the policies extend each other: {}", clip(&chain.join(" → ")))));
        }
        if self.open.len() >= MAX_DEPTH || self.done.len() + self.open.len() >= MAX_FILES {
            return Ok(Err(format!(
                "more policies extend each other than are read: {MAX_DEPTH} in a row, {MAX_FILES} in all"
            )));
        }
        let text = match self.text(&place) {
            Ok(text) => text,
            Err(problem) => return Ok(Err(problem)),
        };
        let extended_at = reference.origin.to_string();
        self.add(place, &text, Some(&extended_at)).map(Ok)
    }

    fn place(&self, from: &Place, reference: &Reference) -> Result<Place, String> {
        match (from, reference) {
            (_, Reference::Builtin(name)) => Ok(Place::Builtin(name)),
            (Place::File(from), Reference::File(written)) => {
                let path = self.source.path_of(from, written);
                path.map(Place::File).map_err(|problem| format!("`{}` cannot be extended: {problem}", clip(written)))
            }
            (Place::File(_), Reference::Remote(remote)) => Ok(Place::Remote(remote.clone())),
            // The hash holds for the one file, and for nothing that it would lead to.
            (_, Reference::File(written)) => Err(format!(
                "`{}` cannot be extended: a policy of another repository extends built-in policies only",
                clip(written)
            )),
            (_, Reference::Remote(remote)) => Err(format!(
                "{remote} cannot be extended: a policy of another repository extends built-in policies only"
            )),
        }
    }

    fn text(&self, place: &Place) -> Result<String, String> {
        let failed = |problem: &str| format!("{} cannot be read: {problem}", place.name());
        match place {
            Place::Builtin(name) => {
                let builtin = BUILTIN.iter().find(|builtin| builtin.name == *name);
                builtin.map(|builtin| builtin.text.to_owned()).ok_or_else(|| failed("there is none"))
            }
            Place::File(path) => match self.source.file(path) {
                Ok(Some(text)) => Ok(text),
                Ok(None) => Err(failed("there is no such file")),
                Err(problem) => Err(failed(&problem)),
            },
            Place::Remote(remote) => {
                let bytes = self.source.remote(remote).map_err(|problem| failed(&problem))?;
                let hash = sha256(&bytes);
                if hash != remote.sha256 {
                    return Err(failed(&format!("its SHA-256 is {hash}, and not the one that is written here")));
                }
                String::from_utf8(bytes).map_err(|_| failed("it is not UTF-8"))
            }
        }
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn at(text: &str, reference: &Located<Reference>, problem: String) -> Diagnostic {
    Diagnostic::new(text, reference.origin.span(), problem)
}

/// Where a layer says something looser than what a policy below locks.
fn loosened(below: &Layer, above: &Layer, text: &str) -> Vec<Diagnostic> {
    let held = |setting: &&Setting| lock_of(below, setting).is_some();
    let mut out = Vec::new();
    for setting in SETTINGS.iter().filter(held) {
        let Some(lock) = lock_of(below, setting) else { continue };
        let (old, new) = ((setting.said)(below), (setting.said)(above));
        let old = if setting.is_list { None } else { old.first() };
        for value in &new {
            let strictness = setting.strictness(old, Some(value));
            if matches!(strictness, Strictness::Looser | Strictness::Other) {
                out.push(locked(setting, lock, old, (value, strictness), text));
            }
        }
    }
    out
}

fn lock_of<'l>(below: &'l Layer, setting: &Setting) -> Option<&'l Located<LockName>> {
    below.locked.iter().find(|lock| setting.is_held_by(lock.value))
}

fn locked(
    setting: &Setting,
    lock: &Located<LockName>,
    below: Option<&Said>,
    (above, strictness): (&Said, Strictness),
    text: &str,
) -> Diagnostic {
    let name = lock.value.0;
    let message = match (setting.is_list, below, strictness) {
        (true, ..) => format!("this entry of `{}` cannot be added: {} locks `{name}`", setting.name, lock.origin),
        (false, None, _) => format!("`{}` cannot be set here: {} locks `{name}`", setting.name, lock.origin),
        (false, Some(_), Strictness::Looser) => {
            format!("`{}` cannot be loosened: {} locks `{name}`", setting.name, lock.origin)
        }
        (false, Some(_), _) => format!("`{}` cannot be changed: {} locks `{name}`", setting.name, lock.origin),
    };
    let mut diagnostic = Diagnostic::new(text, above.origin.span(), message);
    diagnostic.help = match (setting.name, below) {
        ("gate.rules", _) => Some("only entries with `action: fail` can be added".to_owned()),
        (_, Some(below)) if strictness == Strictness::Looser => {
            Some(format!("{} says `{}`: say the same or what is stricter", below.origin, below.shown))
        }
        (_, Some(below)) => Some(format!("{} says `{}`: leave it out here", below.origin, below.shown)),
        (_, None) => None,
    };
    diagnostic
}
