//! Rules as reporting descriptors, and the CWE entries that they name as a taxonomy.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor, ReportingDescriptorReference,
    ReportingDescriptorRelationship, ToolComponent, ToolComponentReference,
};

use super::multi;
use crate::finding::{Confidence, Finding, Level};
use crate::report::model::{Report, RuleInfo};
use crate::report::{cwe, text};

/// The rules and CWE entries of a report with their indices.
pub struct Table<'a> {
    rules: Vec<&'a RuleInfo>,
    rule_index: BTreeMap<&'a str, usize>,
    cwe_index: BTreeMap<u32, usize>,
}

impl<'a> Table<'a> {
    /// Collects what the report's rules and findings name.
    pub fn of(report: &'a Report) -> Self {
        let rules: Vec<&RuleInfo> = report.rules.iter().collect();
        let rule_index = rules.iter().enumerate().map(|(at, rule)| (rule.id.as_str(), at)).collect();
        let findings = report.findings.iter().map(|r| &r.finding).chain(&report.resolved);
        let mut cwe_index: BTreeMap<u32, usize> =
            rules.iter().flat_map(|r| &r.cwe).chain(findings.flat_map(|f| &f.cwe)).map(|&n| (n, 0)).collect();
        for (at, index) in cwe_index.values_mut().enumerate() {
            *index = at;
        }
        Table { rules, rule_index, cwe_index }
    }

    /// Where a rule stands in the driver's list.
    pub fn index(&self, rule: &str) -> Option<i64> {
        self.rule_index.get(rule).and_then(|&at| i64::try_from(at).ok())
    }

    /// The rules for the tool's driver.
    pub fn descriptors(&self) -> Vec<ReportingDescriptor> {
        self.rules.iter().map(|rule| self.descriptor(rule)).collect()
    }

    /// The references of a finding to the entries of the taxonomy, the most fitting first.
    pub fn taxa(&self, finding: &Finding) -> Vec<ReportingDescriptorReference> {
        finding.cwe.iter().map(|&number| self.taxon(number)).collect()
    }

    /// The CWE entries in use, as a taxonomy.
    pub fn taxonomy(&self) -> ToolComponent {
        let taxa: Vec<ReportingDescriptor> = self.cwe_index.keys().map(|&number| entry(number)).collect();
        ToolComponent::builder()
            .name("CWE")
            .full_name("Common Weakness Enumeration")
            .organization("MITRE")
            .short_description(multi("The list of software weaknesses that MITRE keeps."))
            .information_uri("https://cwe.mitre.org/data/index.html")
            .download_uri("https://cwe.mitre.org/data/downloads.html")
            .is_comprehensive(false)
            .taxa(taxa)
            .build()
    }

    fn taxon(&self, number: u32) -> ReportingDescriptorReference {
        let index = self.cwe_index.get(&number).and_then(|&at| i64::try_from(at).ok()).unwrap_or(-1);
        ReportingDescriptorReference::builder()
            .id(cwe::id(number))
            .index(index)
            .tool_component(ToolComponentReference::builder().name("CWE").index(0).build())
            .build()
    }

    fn descriptor(&self, rule: &RuleInfo) -> ReportingDescriptor {
        let relationships: Vec<ReportingDescriptorRelationship> = rule
            .cwe
            .iter()
            .map(|&number| {
                ReportingDescriptorRelationship::builder()
                    .target(self.taxon(number))
                    .kinds(vec!["superset".to_owned()])
                    .build()
            })
            .collect();
        let level = match Level::of(rule.severity) {
            Level::Critical | Level::High => "error",
            Level::Medium => "warning",
            Level::Low => "note",
        };
        let mut descriptor = ReportingDescriptor::builder()
            .id(rule.id.clone())
            .name(pascal(&rule.id))
            .short_description(multi(sentence(&rule.name)))
            .full_description(multi(sentence(if rule.explain.is_empty() { &rule.name } else { &rule.explain })))
            .help(help(rule))
            .default_configuration(ReportingConfiguration::builder().level(level).build())
            .relationships(relationships)
            .properties(properties(rule))
            .build();
        descriptor.help_uri = help_uri(rule);
        descriptor
    }
}

fn entry(number: u32) -> ReportingDescriptor {
    let title = cwe::name(number).map_or_else(|| cwe::id(number), str::to_owned);
    ReportingDescriptor::builder()
        .id(cwe::id(number))
        .name(pascal(&title))
        .short_description(multi(sentence(&title)))
        .help_uri(cwe::url(number))
        .build()
}

fn properties(rule: &RuleInfo) -> PropertyBag {
    let mut tags = vec!["security".to_owned()];
    tags.extend(rule.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}")));
    let mut more = BTreeMap::new();
    more.insert("precision".to_owned(), json!(precision(rule.precision)));
    more.insert("security-severity".to_owned(), json!(format!("{:.1}", rule.severity.clamp(0.0, 10.0))));
    PropertyBag::builder().tags(tags).additional_properties(more).build()
}

/// The precision in the terms of code scanning services.
fn precision(precision: Confidence) -> &'static str {
    match precision {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

fn help(rule: &RuleInfo) -> MultiformatMessageString {
    let explain = if rule.explain.is_empty() { &rule.name } else { &rule.explain };
    let (mut plain, mut markdown) = (sentence(explain), sentence(explain));
    if !rule.remedy.is_empty() {
        plain.push_str(&format!("\n\nHow it is done right: {}", sentence(&rule.remedy)));
        markdown.push_str(&format!("\n\n**How it is done right.** {}", sentence(&rule.remedy)));
    }
    if !rule.cwe.is_empty() || !rule.references.is_empty() {
        plain.push_str("\n\nReferences:");
        markdown.push_str("\n\nReferences:\n");
    }
    for &number in &rule.cwe {
        plain.push_str(&format!("\n- {}: {}", cwe::title(number), cwe::url(number)));
        markdown.push_str(&format!("\n- [{}]({})", cwe::title(number), cwe::url(number)));
    }
    for reference in rule.references.iter().filter(|r| !r.starts_with("CWE-")) {
        plain.push_str(&format!("\n- {reference}"));
        let shown = if is_link(reference) { format!("<{reference}>") } else { reference.clone() };
        markdown.push_str(&format!("\n- {shown}"));
    }
    MultiformatMessageString::builder().text(plain).markdown(markdown).build()
}

fn help_uri(rule: &RuleInfo) -> Option<String> {
    let link = rule.references.iter().find(|r| is_link(r)).cloned();
    link.or_else(|| rule.cwe.first().map(|&number| cwe::url(number)))
}

/// Whether a reference is a link that needs no escaping.
fn is_link(reference: &str) -> bool {
    reference.starts_with("https://")
        && reference.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b))
}

/// The text with a full stop at its end, as SARIF's authors ask.
pub fn sentence(text: &str) -> String {
    let mut out = text.trim().to_owned();
    if !out.is_empty() && !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

/// `sql-injection` as `SqlInjection`, the form that SARIF wants for names.
fn pascal(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    let mut upper = true;
    for c in id.chars() {
        if !c.is_alphanumeric() {
            upper = true;
        } else if upper {
            out.extend(c.to_uppercase());
            upper = false;
        } else {
            out.push(c);
        }
    }
    text::visible(&out).into_owned()
}
