//! Objects whose class is not at hand: they keep what their constructor was given, and what a setter was given, the getter of
//! the same name gives back.

use super::callee::Callee;
use super::engine::Engine;
use super::lookup::Site;
use super::state::State;
use super::value::Value;
use crate::rules::index::Ref;
use crate::syntax::hir::*;

/// What a method does with a property.
enum Access {
    Set,
    Get,
}

impl Engine<'_> {
    /// The result of a call that sets or gets a property, where nothing else is known of the method.
    pub fn property(&mut self, refs: &[Ref], site: &Site<'_>, target: &Callee, state: &mut State) -> Option<Value> {
        let (receiver, expr) = site.receiver?;
        let modelled = refs.iter().any(|r| matches!(r, Ref::Step(_) | Ref::Barrier(_) | Ref::Source(_) | Ref::Type(_)));
        if self.file.language != Language::Java || modelled || target.value.callables.is_some() {
            return None;
        }
        if target.path.ends_with(".<init>") {
            // The constructor of a class of another file keeps what it is given.
            let mut whole = receiver.clone();
            site.args.iter().for_each(|a| whole.add_taints(&a.value.deep_taints()));
            self.write_back(expr, whole.clone(), state);
            return Some(whole);
        }
        let (access, name) = property_of(target.path.rsplit('.').next()?)?;
        match (access, site.args) {
            (Access::Set, [only]) => {
                let mut whole = receiver.clone();
                whole.set(&[Some(name.as_str().into())], only.value.clone());
                if let Some(class) = self.class_of(receiver) {
                    self.add_class_field(class, &name, &only.value);
                }
                let result = whole.clone();
                self.write_back(expr, whole, state);
                Some(result)
            }
            (Access::Get, []) => {
                let set = receiver.fields.as_ref().and_then(|f| f.known.get(name.as_str())).cloned();
                // A getter that a class of the file does not write out gives its field.
                let own =
                    || self.field_type(receiver, &name).map(|_| self.class_field(receiver, &name).unwrap_or_default());
                let mut value = set.or_else(own)?;
                value.add_taints(receiver.own_taints());
                Some(value)
            }
            _ => None,
        }
    }
}

/// The property that a method of this name is about: `setName`, `getName`, `isOpen`.
fn property_of(method: &str) -> Option<(Access, String)> {
    let of = |prefix: &str| {
        let rest = method.strip_prefix(prefix)?;
        let first = rest.chars().next().filter(|c| c.is_uppercase())?;
        Some(format!("{}{}", first.to_lowercase(), rest.get(first.len_utf8()..)?))
    };
    let set = of("set").map(|name| (Access::Set, name));
    set.or_else(|| of("get").or_else(|| of("is")).map(|name| (Access::Get, name)))
}
