//! The rounds of the comparison, from the surest reason for two findings to be the same to the weakest.

use std::collections::BTreeMap;

use super::item::{self, Aspect, Item, Value};
use super::nearest::{self, Member};
use super::places::{Places, Side};
use super::{At, FilePair, State};
use crate::finding::Finding;

use Aspect::{Change, Detail, Expression, File, Grade, NamedSymbol, Place, Sink, Statement, Symbol, Text};

/// Which findings a round pairs, by whether they stand in changed code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Among {
    /// Both in unchanged code.
    Unchanged,
    /// Both in changed code.
    Changed,
    /// The old one in unchanged code, the new one in changed code.
    OldUnchanged,
    /// The new one in unchanged code, the old one in changed code.
    NewUnchanged,
}

impl Among {
    fn takes(self, side: Side, item: &Item<'_>) -> bool {
        let unchanged = match self {
            Among::Unchanged => true,
            Among::Changed => false,
            Among::OldUnchanged => side == Side::Old,
            Among::NewUnchanged => side == Side::New,
        };
        item.place.change.is_none() == unchanged
    }
}

/// A round pairs findings of the same rule that are equal in some aspects.
struct Round {
    among: Among,
    equal: &'static [Aspect],
    /// Whether its pairs are told as moved.
    moved: bool,
}

const fn stayed(among: Among, equal: &'static [Aspect]) -> Round {
    Round { among, equal, moved: false }
}

const fn moved(among: Among, equal: &'static [Aspect]) -> Round {
    Round { among, equal, moved: true }
}

/// Where candidates differ in their grade, an equal grade goes first, so that removing one of several does not look as if
/// another had become worse.
const ROUNDS: &[Round] = &[
    // The same place of unchanged code. The function around it may have got another name.
    stayed(Among::Unchanged, &[File, Place, Symbol, Detail, Sink]),
    stayed(Among::Unchanged, &[File, Place, Symbol, Detail]),
    stayed(Among::Unchanged, &[File, Place, Symbol, Sink]),
    stayed(Among::Unchanged, &[File, Place, Detail, Sink]),
    stayed(Among::Unchanged, &[File, Place, Detail]),
    stayed(Among::Unchanged, &[File, Place, Sink]),
    // The same text in changed code of the same function: reformatted, or moved inside it.
    stayed(Among::Changed, &[File, Symbol, Sink, Text, Grade]),
    stayed(Among::Changed, &[File, Symbol, Sink, Text]),
    // A diff may keep the wrong one of several equal lines; then the finding's own line counts as changed on one side.
    stayed(Among::OldUnchanged, &[File, NamedSymbol, Sink, Text]),
    stayed(Among::NewUnchanged, &[File, NamedSymbol, Sink, Text]),
    // Moved to another function, or the function has another name. This goes before rewritten code: equal text says more
    // than an equal function, and in this order no rearrangement of the lines of a file makes a finding new.
    moved(Among::Changed, &[File, Sink, Statement, Grade]),
    moved(Among::Changed, &[File, Sink, Statement]),
    // Rewritten in its place.
    stayed(Among::Changed, &[File, Symbol, Sink, Change, Grade]),
    stayed(Among::Changed, &[File, Symbol, Sink, Change]),
    // Rewritten elsewhere in the same function. Findings in top-level code or in anonymous functions may have nothing to
    // do with each other.
    stayed(Among::Changed, &[File, NamedSymbol, Sink, Grade]),
    stayed(Among::Changed, &[File, NamedSymbol, Sink]),
    // Moved to another file: with its function, or with a text that is more than a mere name.
    moved(Among::Changed, &[NamedSymbol, Sink, Statement, Grade]),
    moved(Among::Changed, &[NamedSymbol, Sink, Statement]),
    moved(Among::Changed, &[Sink, Expression, Grade]),
    moved(Among::Changed, &[Sink, Expression]),
];

/// What became of every finding.
pub(super) struct Pairs {
    /// The state of every new finding.
    pub new: Vec<(At, State)>,
    /// The old findings that are gone.
    pub resolved: Vec<At>,
}

/// Runs all rounds.
pub(super) fn pair_up(files: &[FilePair<'_>]) -> Pairs {
    let places: Vec<Places> = files.iter().map(|file| Places::new(file.mapping)).collect();
    let mut old = item::of_side(files, &places, Side::Old);
    let mut new = item::of_side(files, &places, Side::New);
    let mut states = Vec::with_capacity(new.len());
    for round in ROUNDS {
        let pairs = round.run(&mut old, &mut new);
        states.extend(pairs.iter().map(|(old, new)| (new.at, state(old, new, round.moved))));
    }
    states.extend(new.iter().map(|item| (item.at, State::New)));
    Pairs { new: states, resolved: old.iter().map(|item| item.at).collect() }
}

fn state(old: &Item<'_>, new: &Item<'_>, moved: bool) -> State {
    let from = old.at;
    match moved {
        _ if is_worse(old.finding, new.finding) => State::Worsened { from },
        true => State::Moved { from },
        false => State::Persisting { from },
    }
}

fn is_worse(old: &Finding, new: &Finding) -> bool {
    new.severity > old.severity || new.confidence > old.confidence
}

/// The candidates that are equal in what a round asks for, in order.
#[derive(Default)]
struct Group {
    old: Vec<Member>,
    new: Vec<Member>,
}

type Groups<'k> = BTreeMap<(&'k str, Vec<Value<'k>>), Group>;

impl Round {
    /// Takes out the findings that it pairs.
    fn run<'a>(&self, old: &mut Vec<Item<'a>>, new: &mut Vec<Item<'a>>) -> Vec<(Item<'a>, Item<'a>)> {
        let pairs = self.pairs(old, new);
        let (olds, news): (Vec<usize>, Vec<usize>) = pairs.into_iter().unzip();
        take(old, &olds).into_iter().zip(take(new, &news)).collect()
    }

    fn pairs(&self, old: &[Item<'_>], new: &[Item<'_>]) -> Vec<(usize, usize)> {
        let mut groups = Groups::new();
        for (index, item) in old.iter().enumerate() {
            if let Some(key) = self.key(Side::Old, item) {
                groups.entry(key).or_default().old.push((self.coordinate(item), index));
            }
        }
        for (index, item) in new.iter().enumerate() {
            if let Some(group) = self.key(Side::New, item).and_then(|key| groups.get_mut(&key)) {
                group.new.push((self.coordinate(item), index));
            }
        }
        groups.into_values().flat_map(|mut group| group.pairs()).collect()
    }

    fn key<'k>(&self, side: Side, item: &'k Item<'_>) -> Option<(&'k str, Vec<Value<'k>>)> {
        if !self.among.takes(side, item) {
            return None;
        }
        let values: Option<Vec<Value<'k>>> = self.equal.iter().map(|&aspect| item.value(aspect)).collect();
        Some((&item.finding.rule, values?))
    }

    /// Distances exist inside a file only.
    fn coordinate(&self, item: &Item<'_>) -> u32 {
        if self.equal.contains(&File) { item.place.before } else { 0 }
    }
}

impl Group {
    fn pairs(&mut self) -> Vec<(usize, usize)> {
        // A finding that starts in a changed region may come later in its file than one with a greater coordinate.
        self.old.sort_by_key(|member| member.0);
        self.new.sort_by_key(|member| member.0);
        nearest::pairs(&self.old, &self.new)
    }
}

/// Takes the items at these indices out of a list, in the order of the indices; the others stay in theirs.
fn take<'a>(items: &mut Vec<Item<'a>>, indices: &[usize]) -> Vec<Item<'a>> {
    let mut slots: Vec<Option<Item<'a>>> = std::mem::take(items).into_iter().map(Some).collect();
    let taken = indices.iter().filter_map(|&index| slots.get_mut(index)?.take()).collect();
    items.extend(slots.into_iter().flatten());
    taken
}
