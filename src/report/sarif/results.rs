//! Findings as results.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactChange, ArtifactContent, CodeFlow, Fix, Location, LogicalLocation, Message, PhysicalLocation, PropertyBag,
    Replacement, Result, ResultLevel, Suppression, ThreadFlow, ThreadFlowLocation,
};

use super::place::{link_text, plain, region};
use super::rules::sentence;
use super::{Audience, files, message, rules};
use crate::finding::{Finding, FlowStep, Region};
use crate::report::model::{self, Action, Command, Report, Reported, State, Waived};
use crate::report::{Sources, cwe, text, waivers};

/// Characters of source text kept with a place.
const SNIPPET: usize = 400;

/// What a result is made from.
pub struct Context<'a> {
    pub report: &'a Report,
    pub rules: &'a rules::Table<'a>,
    pub files: &'a files::Table<'a>,
    pub sources: &'a Sources<'a>,
}

/// All findings in the report's order, then those that are gone, each made when it is written.
pub struct Results<'a> {
    pub context: &'a Context<'a>,
    pub audience: Audience<'a>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let Results { context, audience } = self;
        let listed = context.report.findings.iter().filter(|r| r.action != Action::Off).map(|r| context.reported(r));
        let gone = context.report.resolved.iter().filter(|_| *audience == Audience::Complete);
        serializer.collect_seq(listed.chain(gone.map(|f| context.resolved(f))))
    }
}

impl Context<'_> {
    fn reported(&self, reported: &Reported) -> Result {
        let mut result = self.result(&reported.finding);
        result.level = Some(match reported.action {
            Action::Fail => ResultLevel::Error,
            Action::Warn => ResultLevel::Warning,
            Action::Note | Action::Off => ResultLevel::Note,
        });
        if self.report.command == Command::Check {
            result.baseline_state = Some(json!(match reported.state {
                State::New => "new",
                State::Worsened => "updated",
                State::Moved | State::Persisting => "unchanged",
            }));
        }
        let waived = reported.waived.as_ref().map(suppression);
        result.suppressions = waived.or_else(|| reported.accepted.then(accepted)).map(|suppression| vec![suppression]);
        result.fixes = reported.fix.as_ref().map(|fix| vec![self.fix(&reported.finding.path, fix)]);
        let bag = &mut result.properties.get_or_insert_with(PropertyBag::default).additional_properties;
        put(bag, "state", &reported.state);
        put(bag, "action", &reported.action);
        put(bag, "decidedBy", &reported.decided_by);
        if let Some(author) = &reported.author {
            put(bag, "author", author);
        }
        if let Some(engine) = &reported.engine {
            put(bag, "engine", engine);
        }
        if !reported.also_found_by.is_empty() {
            put(bag, "alsoFoundBy", &reported.also_found_by);
        }
        if let Some(fix) = &reported.fix {
            put(bag, "fix", &json!({ "strategy": fix.strategy, "fixer": fix.fixer }));
            put(bag, "verification", &fix.verification);
        }
        if !reported.rejected.is_empty() {
            put(bag, "rejectedFixes", &reported.rejected);
        }
        result
    }

    /// A finding of the base. The text at hand is the head's, so it gets no excerpts;
    /// no policy judged it, so its level is its rule's.
    fn resolved(&self, finding: &Finding) -> Result {
        let mut result = Context { sources: &|_| None, ..*self }.result(finding);
        result.baseline_state = Some(json!("absent"));
        let bag = &mut result.properties.get_or_insert_with(PropertyBag::default).additional_properties;
        put(bag, "state", "resolved");
        result
    }

    fn result(&self, finding: &Finding) -> Result {
        let fingerprints = BTreeMap::from([("tempergate/v1".to_owned(), finding.fingerprint.clone())]);
        let mut bag = BTreeMap::new();
        put(&mut bag, "confidence", &finding.confidence);
        put(&mut bag, "precision", &finding.precision);
        put(&mut bag, "severity", &finding.severity);
        put(&mut bag, "sink", &finding.sink);
        put(&mut bag, "cwe", &finding.cwe.iter().map(|&n| cwe::id(n)).collect::<Vec<_>>());
        let mut result = Result::builder()
            .rule_id(finding.rule.clone())
            .message(text_of(finding))
            .locations(vec![self.location_of(finding)])
            .partial_fingerprints(fingerprints)
            .rank((finding.severity * 10.0).clamp(0.0, 100.0))
            .properties(PropertyBag::builder().additional_properties(bag).build())
            .build();
        result.rule_index = self.rules.index(&finding.rule);
        if !finding.cwe.is_empty() {
            result.taxa = Some(self.rules.taxa(finding));
        }
        let related: Vec<Location> = (origin(finding).into_iter().chain(&finding.related).zip(1..))
            .map(|(step, id)| self.related(step, id))
            .collect();
        if !related.is_empty() {
            result.related_locations = Some(related);
        }
        if !finding.flow.is_empty() {
            result.code_flows = Some(vec![self.code_flow(&finding.flow)]);
        }
        result
    }

    fn location_of(&self, finding: &Finding) -> Location {
        let (name, kind) = match finding.symbol.rsplit_once('.') {
            Some((_, name)) => (name, "member"),
            None if finding.symbol.starts_with('<') => (finding.symbol.as_str(), "module"),
            None => (finding.symbol.as_str(), "function"),
        };
        let logical = LogicalLocation::builder()
            .name(text::visible(name))
            .fully_qualified_name(text::visible(&finding.symbol))
            .kind(kind)
            .build();
        Location::builder()
            .physical_location(self.physical(&finding.path, &finding.region, true))
            .logical_locations(vec![logical])
            .build()
    }

    fn physical(&self, path: &str, place: &Region, with_snippet: bool) -> PhysicalLocation {
        let mut region = region(place);
        if with_snippet {
            region.snippet = self.snippet(path, place);
        }
        PhysicalLocation::builder().artifact_location(self.files.location(path)).region(region).build()
    }

    /// The text of a place, unless it is empty or too long to be of use.
    fn snippet(&self, path: &str, place: &Region) -> Option<ArtifactContent> {
        let source = (self.sources)(path)?;
        let text = source.slice(place.span());
        let fits = !text.is_empty() && text.len() <= SNIPPET;
        fits.then(|| ArtifactContent::builder().text(text.to_owned()).build())
    }

    fn related(&self, source: &FlowStep, id: i64) -> Location {
        Location::builder()
            .id(id)
            .physical_location(self.physical(&source.path, &source.region, false))
            .message(message(plain(&source.message)))
            .build()
    }

    fn code_flow(&self, flow: &[FlowStep]) -> CodeFlow {
        let last = flow.len().saturating_sub(1);
        let step = |(at, step): (usize, &FlowStep)| {
            let location = Location::builder()
                .physical_location(self.physical(&step.path, &step.region, true))
                .message(message(plain(&step.message)))
                .build();
            let importance = if at == 0 || at == last { "essential" } else { "important" };
            let order = i64::try_from(at + 1).unwrap_or(-1);
            ThreadFlowLocation::builder().location(location).execution_order(order).importance(importance).build()
        };
        let locations: Vec<ThreadFlowLocation> = flow.iter().enumerate().map(step).collect();
        CodeFlow::builder().thread_flows(vec![ThreadFlow::builder().locations(locations).build()]).build()
    }

    fn fix(&self, path: &str, fix: &model::Fix) -> Fix {
        let replacement = |r: &model::Replacement| {
            let mut replacement = Replacement::builder().deleted_region(region(&r.region)).build();
            if !r.text.is_empty() {
                replacement.inserted_content = Some(ArtifactContent::builder().text(r.text.clone()).build());
            }
            replacement
        };
        let change = ArtifactChange::builder()
            .artifact_location(self.files.location(path))
            .replacements(fix.replacements.iter().map(replacement).collect::<Vec<_>>())
            .build();
        Fix::builder().description(message(plain(&sentence(&fix.description)))).artifact_changes(vec![change]).build()
    }
}

/// The finding's sentence, with a link to where the data comes from.
fn text_of(finding: &Finding) -> Message {
    let sentence = plain(&sentence(&finding.message));
    match origin(finding) {
        Some(source) => message(format!("{sentence} The data comes from [{}](1).", link_text(&source.message))),
        None => message(sentence),
    }
}

/// Where the data comes from, if that is another place than the sink.
fn origin(finding: &Finding) -> Option<&FlowStep> {
    finding.flow.first().filter(|_| finding.flow.len() > 1)
}

/// A waiver of the policy lies beside the code, one of a comment in it.
fn suppression(waived: &Waived) -> Suppression {
    let kind = if waived.owner.is_some() { "external" } else { "inSource" };
    Suppression::builder()
        .kind(json!(kind))
        .status(json!("accepted"))
        .justification(text::visible(&waivers::sentence(waived)))
        .build()
}

/// The baseline file lies beside the code.
fn accepted() -> Suppression {
    let justification = "there before anybody looked: the baseline file has it";
    Suppression::builder().kind(json!("external")).status(json!("accepted")).justification(justification).build()
}

fn put<T: Serialize + ?Sized>(bag: &mut BTreeMap<String, Value>, key: &str, value: &T) {
    if let Ok(value) = serde_json::to_value(value) {
        bag.insert(key.to_owned(), value);
    }
}
