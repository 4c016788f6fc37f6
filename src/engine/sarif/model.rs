//! SARIF as it comes from anywhere: only what is looked at, everything optional, and no list longer than it may be.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde_json::Value;

/// A list of at most `MOST` items; a longer one is an error, so that nothing is cut without a word.
#[derive(Debug, Clone)]
pub struct Bounded<T, const MOST: usize>(pub Vec<T>);

impl<T, const MOST: usize> Default for Bounded<T, MOST> {
    fn default() -> Self {
        Bounded(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Bounded<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T, const MOST: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Items<T, MOST> {
            type Value = Bounded<T, MOST>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a list of at most {MOST} items")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut out = Vec::new();
                while let Some(item) = items.next_element()? {
                    if out.len() == MOST {
                        return Err(A::Error::custom(format!("a list has more than {MOST} items")));
                    }
                    out.push(item);
                }
                Ok(Bounded(out))
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Bounded::default())
            }
        }
        deserializer.deserialize_any(Items(PhantomData))
    }
}

macro_rules! sarif_objects {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        pub struct $name { $($(#[$field_doc])* pub $field: $type),* }
    )*};
}

sarif_objects! {
    /// A whole text.
    Log {
        /// `2.1.0`.
        version: Option<String>,
        /// The runs.
        runs: Option<Bounded<Run, 64>>,
    }
    /// A run of a tool.
    Run {
        /// The tool.
        tool: Tool,
        /// What it found; none where it did not come so far.
        results: Option<Bounded<Finding, 100_000>>,
        /// Files, for locations that name one by its index.
        artifacts: Bounded<Artifact, 200_000>,
        /// What relative locations are relative to.
        original_uri_base_ids: Option<BTreeMap<String, ArtifactLocation>>,
        /// How it went.
        invocations: Bounded<Invocation, 1_000>,
        /// In what columns are counted.
        column_kind: Option<String>,
    }
    /// The tool.
    Tool {
        /// Itself.
        driver: Component,
        /// What is plugged in.
        extensions: Bounded<Component, 1_000>,
    }
    /// A part of the tool, with its rules.
    Component {
        /// Its name.
        name: Option<String>,
        /// Its version.
        version: Option<String>,
        /// Its version in three numbers.
        semantic_version: Option<String>,
        /// Its rules.
        rules: Bounded<Rule, 20_000>,
    }
    /// A rule.
    Rule {
        /// Its id.
        id: Option<String>,
        /// Its name.
        name: Option<String>,
        /// A sentence.
        short_description: Option<Text>,
        /// More of them.
        full_description: Option<Text>,
        /// What to do.
        help: Option<Text>,
        /// A link.
        help_uri: Option<String>,
        /// How severe its findings are.
        default_configuration: Option<Configuration>,
        /// Texts that findings name.
        message_strings: Option<BTreeMap<String, Text>>,
        /// Weaknesses among other things.
        relationships: Bounded<Relationship, 1_000>,
        /// What else the tool says.
        properties: Option<Properties>,
    }
    /// How severe the findings of a rule are.
    Configuration {
        /// `error`, `warning`, `note`, `none`.
        level: Option<String>,
    }
    /// A relation of a rule.
    Relationship {
        /// To what.
        target: Option<Reference>,
    }
    /// A reference to a rule or to an entry of a taxonomy.
    Reference {
        /// Its id.
        id: Option<String>,
        /// Its place in the list.
        index: Option<i64>,
        /// Whose list.
        tool_component: Option<ComponentReference>,
    }
    /// A reference to a component.
    ComponentReference {
        /// Its name.
        name: Option<String>,
        /// Its place among the extensions.
        index: Option<i64>,
    }
    /// What else a tool says of a rule or a finding.
    Properties {
        /// `external/cwe/cwe-089`, `CWE-89: …`, `HIGH CONFIDENCE`.
        tags: Value,
        /// `very-high`, `high`, `medium`, `low`.
        precision: Value,
        /// From 0 to 10, as a text or a number.
        #[serde(rename = "security-severity")]
        security_severity: Value,
        /// CWE numbers in whatever form.
        cwe: Value,
        /// `HIGH`, `MEDIUM`, `LOW`.
        confidence: Value,
        /// The same, as Bandit calls it.
        #[serde(rename = "issue_confidence")]
        issue_confidence: Value,
    }
    /// A result.
    Finding {
        /// The rule's id.
        rule_id: Option<String>,
        /// The rule's place in the list.
        rule_index: Option<i64>,
        /// The rule.
        rule: Option<Reference>,
        /// `error`, `warning`, `note`, `none`.
        level: Option<String>,
        /// `fail` where it is a finding at all.
        kind: Option<String>,
        /// `absent` where it is gone.
        baseline_state: Option<String>,
        /// What it says.
        message: Option<Text>,
        /// Where.
        locations: Bounded<Location, 10_000>,
        /// Weaknesses.
        taxa: Bounded<Reference, 1_000>,
        /// Who lets it be.
        suppressions: Bounded<Suppression, 1_000>,
        /// What else the tool says.
        properties: Option<Properties>,
    }
    /// A text, or a reference to one of the rule's.
    Text {
        /// As plain text.
        text: Option<String>,
        /// As Markdown.
        markdown: Option<String>,
        /// Which of the rule's.
        id: Option<String>,
        /// What stands for `{0}` in it.
        arguments: Bounded<String, 100>,
    }
    /// Somebody lets a finding be.
    Suppression {
        /// `inSource` or `external`.
        kind: Option<String>,
        /// `accepted`, `underReview`, `rejected`.
        status: Option<String>,
    }
    /// A place.
    Location {
        /// In a file.
        physical_location: Option<PhysicalLocation>,
    }
    /// A place in a file.
    PhysicalLocation {
        /// The file.
        artifact_location: Option<ArtifactLocation>,
        /// Where in it.
        region: Option<Region>,
    }
    /// A file.
    ArtifactLocation {
        /// Its URI, or the rest of one.
        uri: Option<String>,
        /// What that is relative to.
        uri_base_id: Option<String>,
        /// Its place among the run's artifacts.
        index: Option<i64>,
    }
    /// A file that the run knows.
    Artifact {
        /// Which.
        location: Option<ArtifactLocation>,
    }
    /// A part of a file; lines and columns from one, the end's column exclusive.
    Region {
        /// The first line.
        start_line: Option<i64>,
        /// The first column.
        start_column: Option<i64>,
        /// The last line.
        end_line: Option<i64>,
        /// One past the last column.
        end_column: Option<i64>,
        /// Characters before it.
        char_offset: Option<i64>,
        /// Its characters.
        char_length: Option<i64>,
        /// Bytes before it.
        byte_offset: Option<i64>,
        /// Its bytes.
        byte_length: Option<i64>,
    }
    /// How a run went.
    Invocation {
        /// Whether it came to its end.
        execution_successful: Option<bool>,
        /// What went wrong on the way.
        tool_execution_notifications: Bounded<Notification, 100_000>,
    }
    /// Something that went wrong.
    Notification {
        /// `error` where something is missing.
        level: Option<String>,
        /// What.
        message: Option<Text>,
    }
}
