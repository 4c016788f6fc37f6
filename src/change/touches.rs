//! Which files differ between the trees of two commits, within bounds: trees can be built so that they unfold to any number of
//! files, and a change can have many commits.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use git2::{ObjectType, Oid, Repository, Tree, TreeEntry};

use super::Kind;
use super::files::{Entry, Place};

/// Folders inside each other, and files in which two trees differ.
const MAX_DEPTH: usize = 1_000;
const MAX_TOUCHES: usize = 500_000;

/// What a commit did to a regular file, against one of its parents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Touch {
    /// What was there.
    pub old: Option<Oid>,
    /// What is there.
    pub new: Option<Oid>,
}

/// The differing regular files by path.
pub(super) type Touches = BTreeMap<Vec<u8>, Touch>;

/// Why there is no answer.
pub(super) enum Failure {
    /// The bound was reached.
    TooMuch,
    /// Git cannot read it.
    Git(git2::Error),
}

impl From<git2::Error> for Failure {
    fn from(error: git2::Error) -> Self {
        Failure::Git(error)
    }
}

/// Two folders of one path.
struct Pair {
    prefix: Vec<u8>,
    old: Option<Oid>,
    new: Option<Oid>,
    depth: usize,
}

/// The files in which two trees differ. `left` is how many entries may still be looked at, in this and later calls.
pub(super) fn between(repo: &Repository, old: Oid, new: Oid, left: &mut usize) -> Result<Touches, Failure> {
    let mut touches = Touches::new();
    let mut pairs = vec![Pair { prefix: Vec::new(), old: Some(old), new: Some(new), depth: 0 }];
    while let Some(pair) = pairs.pop() {
        if pair.depth > MAX_DEPTH || touches.len() > MAX_TOUCHES || pairs.len() > MAX_TOUCHES {
            return Err(Failure::TooMuch);
        }
        let tree = |id: Option<Oid>| id.map(|id| repo.find_tree(id)).transpose();
        let (old, new) = (tree(pair.old)?, tree(pair.new)?);
        let entries = old.as_ref().map_or(0, Tree::len) + new.as_ref().map_or(0, Tree::len);
        *left = left.checked_sub(entries).ok_or(Failure::TooMuch)?;
        differing(old.as_ref(), new.as_ref(), |old, new| {
            let Some(name) = old.or(new).map(TreeEntry::name_bytes) else { return };
            let mut path = Vec::with_capacity(pair.prefix.len() + name.len() + 1);
            path.extend_from_slice(&pair.prefix);
            path.extend_from_slice(name);
            if old.or(new).is_some_and(is_tree) {
                path.push(b'/');
                let (old, new) = (old.map(TreeEntry::id), new.map(TreeEntry::id));
                pairs.push(Pair { prefix: path, old, new, depth: pair.depth + 1 });
                return;
            }
            touches.insert(path, Touch { old: old.and_then(regular), new: new.and_then(regular) });
        });
    }
    touches.retain(|_, touch| touch.old.is_some() || touch.new.is_some());
    Ok(touches)
}

fn is_tree(entry: &TreeEntry<'_>) -> bool {
    entry.kind() == Some(ObjectType::Tree)
}

fn regular(entry: &TreeEntry<'_>) -> Option<Oid> {
    let mode = u32::try_from(entry.filemode()).unwrap_or(0);
    (Entry::of_mode(mode, Place::Elsewhere).kind == Kind::Regular).then(|| entry.id())
}

/// Calls `tell` with the entries that only one folder has, or that are not the same in both. Entries are in git's order.
fn differing(
    old: Option<&Tree<'_>>,
    new: Option<&Tree<'_>>,
    mut tell: impl FnMut(Option<&TreeEntry<'_>>, Option<&TreeEntry<'_>>),
) {
    let (mut at_old, mut at_new) = (0, 0);
    loop {
        let before = old.and_then(|tree| tree.get(at_old));
        let after = new.and_then(|tree| tree.get(at_new));
        let order = match (&before, &after) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(before), Some(after)) => in_order(before, after),
        };
        match order {
            Ordering::Less => tell(before.as_ref(), None),
            Ordering::Greater => tell(None, after.as_ref()),
            Ordering::Equal => {
                let same = |a: &TreeEntry<'_>, b: &TreeEntry<'_>| a.id() == b.id() && a.filemode() == b.filemode();
                if !before.as_ref().zip(after.as_ref()).is_some_and(|(a, b)| same(a, b)) {
                    tell(before.as_ref(), after.as_ref());
                }
            }
        }
        at_old += usize::from(order != Ordering::Greater);
        at_new += usize::from(order != Ordering::Less);
    }
}

/// Git's order of entries: by name, where that of a folder ends with a slash.
fn in_order(a: &TreeEntry<'_>, b: &TreeEntry<'_>) -> Ordering {
    let (left, right) = (a.name_bytes(), b.name_bytes());
    let common = left.len().min(right.len());
    let next = |name: &[u8], entry: &TreeEntry<'_>| match name.get(common) {
        Some(byte) => *byte,
        None if is_tree(entry) => b'/',
        None => 0,
    };
    left.get(..common).cmp(&right.get(..common)).then_with(|| next(left, a).cmp(&next(right, b)))
}
