//! What the page can be filtered by: every mode, model, language, strategy and scenario has a number, which is all that
//! samples and links say of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Details, words};
use crate::report::html::shown::Shown;
use crate::study::record::{Mode, Sample};
use crate::study::report::model::{Group, Reference, StudyReport};
use crate::syntax::hir::Language;

/// Characters of a name.
pub const NAME: usize = 120;

/// The values of the five properties, in the order of the page.
pub struct Index<'a> {
    modes: Vec<Mode>,
    models: Vec<&'a str>,
    languages: Vec<Language>,
    strategies: Vec<&'a str>,
    scenarios: Vec<&'a str>,
    /// Where each name stands in its list.
    model_at: BTreeMap<&'a str, usize>,
    strategy_at: BTreeMap<&'a str, usize>,
    scenario_at: BTreeMap<&'a str, usize>,
    /// Mode, model and language of the samples on the page, by their numbers.
    cells: BTreeSet<(usize, usize, usize)>,
}

/// Where a figure leads: to a place on the page and, with a script, to a filter.
#[derive(Debug, Serialize)]
pub struct Goal {
    /// The id of the place.
    at: String,
    /// Numbers of mode, model, language, strategy and scenario, then the letter of an end, with commas; what is empty is open.
    filter: String,
    /// Words that samples must have; empty for none.
    words: Shown,
}

/// How samples ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In any way.
    Any,
    /// With an alert that counts by a reference.
    Weak(Reference),
    /// Analysed, without any alert.
    Clean,
    /// Not analysed.
    NotAnalysed,
    /// Without a program.
    NoProgram,
}

impl End {
    /// The letter that stands for it in the filters.
    pub fn letter(self) -> Option<char> {
        match self {
            End::Any => None,
            End::Weak(reference) => Some(words::letter(reference)),
            End::Clean => Some('c'),
            End::NotAnalysed => Some('u'),
            End::NoProgram => Some('n'),
        }
    }

    fn title(self) -> String {
        match self {
            End::Any => String::new(),
            End::Weak(reference) => format!("weak: {}", words::reference(reference).to_lowercase()),
            End::Clean => "no findings".to_owned(),
            End::NotAnalysed => "not analysed".to_owned(),
            End::NoProgram => "no program".to_owned(),
        }
    }
}

/// A choice of a filter.
#[derive(Serialize)]
pub struct Choice {
    value: String,
    label: Shown,
}

/// The choices of all filters.
#[derive(Serialize)]
pub struct Filters {
    modes: Vec<Choice>,
    models: Vec<Choice>,
    languages: Vec<Choice>,
    strategies: Vec<Choice>,
    scenarios: Vec<Choice>,
    ends: Vec<Choice>,
}

impl<'a> Index<'a> {
    /// All values: those of the scope in its order, then what only samples have.
    pub fn of(report: &'a StudyReport, details: &Details<'a>) -> Index<'a> {
        let samples = || details.samples.iter().map(|detail| detail.sample);
        let names = |scope: &'a [String], of: fn(&'a Sample) -> &'a str| {
            let seen: BTreeSet<&str> = scope.iter().map(String::as_str).collect();
            let others: BTreeSet<&'a str> = samples().map(of).filter(|name| !seen.contains(name)).collect();
            let mut others: Vec<&str> = others.into_iter().collect();
            others.sort_by(|a, b| words::by_numbers(a, b));
            scope.iter().map(String::as_str).chain(others).collect::<Vec<&'a str>>()
        };
        let scope = &report.scope;
        let modes: BTreeSet<Mode> = scope.modes.iter().copied().chain(samples().map(|s| s.mode)).collect();
        let spoken: BTreeSet<Language> = scope.languages.iter().copied().chain(samples().map(|s| s.language)).collect();
        let (models, strategies) = (names(&scope.models, |s| &s.model), names(&scope.strategies, |s| &s.strategy));
        let scenarios = names(&scope.scenarios, |s| &s.scenario);
        let mut index = Index {
            modes: modes.into_iter().collect(),
            languages: spoken.into_iter().collect(),
            model_at: places(&models),
            strategy_at: places(&strategies),
            scenario_at: places(&scenarios),
            models,
            strategies,
            scenarios,
            cells: BTreeSet::new(),
        };
        index.cells = samples().map(|sample| index.cell(sample)).collect();
        index
    }

    /// The modes.
    pub fn modes(&self) -> &[Mode] {
        &self.modes
    }

    /// The models.
    pub fn models(&self) -> &[&'a str] {
        &self.models
    }

    /// The languages.
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// The strategies.
    pub fn strategies(&self) -> &[&'a str] {
        &self.strategies
    }

    /// The numbers of a sample's mode, model and language.
    pub fn cell(&self, sample: &Sample) -> (usize, usize, usize) {
        (self.mode(sample.mode), at(&self.model_at, &sample.model), self.language(sample.language))
    }

    /// The id of the samples of a cell.
    pub fn cell_id((mode, model, language): (usize, usize, usize)) -> String {
        format!("cell-{mode}-{model}-{language}")
    }

    /// A sample's numbers, as the filters read them.
    pub fn numbers(&self, sample: &Sample) -> String {
        let (mode, model, language) = self.cell(sample);
        let (strategy, scenario) = (at(&self.strategy_at, &sample.strategy), at(&self.scenario_at, &sample.scenario));
        format!("{mode},{model},{language},{strategy},{scenario}")
    }

    /// Where the samples of a group are, those that ended in this way and have all of the words; nothing where the page has
    /// no samples.
    pub fn goal(&self, group: &Group, end: End, words: String) -> Option<Goal> {
        if self.cells.is_empty() {
            return None;
        }
        let mode = self.mode(group.mode);
        let model = group.model.as_deref().map(|name| at(&self.model_at, name));
        let language = group.language.map(|language| self.language(language));
        let scenario = group.scenario.as_deref().map(|name| at(&self.scenario_at, name));
        let cell = model.zip(language).map(|(model, language)| (mode, model, language));
        let open = |number: Option<usize>| number.map(|number| number.to_string()).unwrap_or_default();
        let strategy = self.strategy_place(&group.strategy);
        Some(Goal {
            at: cell.filter(|cell| self.cells.contains(cell)).map_or("samples".to_owned(), Self::cell_id),
            filter: format!(
                "{mode},{},{},{strategy},{},{}",
                open(model),
                open(language),
                open(scenario),
                end.letter().map(String::from).unwrap_or_default()
            ),
            words: Shown::brief(&words, NAME),
        })
    }

    /// The choices of the filters.
    pub fn filters(&self) -> Filters {
        let named = |names: &[&str]| {
            let choice = |(at, name): (usize, &&str)| Choice { value: at.to_string(), label: Shown::brief(name, NAME) };
            names.iter().enumerate().map(choice).collect::<Vec<_>>()
        };
        let modes: Vec<&str> = self.modes.iter().map(|&mode| words::mode(mode)).collect();
        let languages: Vec<&str> = self.languages.iter().map(|language| language.name()).collect();
        let strategies: Vec<&str> = self.strategies.iter().map(|name| words::strategy(name)).collect();
        let choice = |end: End| {
            let value = end.letter().map(String::from).unwrap_or_default();
            Choice { value, label: Shown::brief(&end.title(), NAME) }
        };
        let weak = words::REFERENCES.into_iter().map(End::Weak);
        let ends = weak.chain([End::Clean, End::NotAnalysed, End::NoProgram]);
        Filters {
            modes: named(&modes),
            models: named(&self.models),
            languages: named(&languages),
            strategies: named(&strategies),
            scenarios: named(&self.scenarios),
            ends: ends.map(choice).collect(),
        }
    }

    /// Where a strategy stands among all.
    pub fn strategy_place(&self, name: &str) -> usize {
        at(&self.strategy_at, name)
    }

    fn mode(&self, mode: Mode) -> usize {
        self.modes.iter().position(|&one| one == mode).unwrap_or(self.modes.len())
    }

    fn language(&self, language: Language) -> usize {
        self.languages.iter().position(|&one| one == language).unwrap_or(self.languages.len())
    }
}

fn places<'a>(names: &[&'a str]) -> BTreeMap<&'a str, usize> {
    names.iter().enumerate().map(|(at, &name)| (name, at)).collect()
}

/// The number of a name; of one that neither the scope nor a sample has, one that nothing has.
fn at(places: &BTreeMap<&str, usize>, name: &str) -> usize {
    places.get(name).copied().unwrap_or(places.len())
}
