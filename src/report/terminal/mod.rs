//! The report for a person at a terminal, in the manner of rustc: one block a finding, then what was not analysed, then
//! the verdict.

mod excerpt;
mod paint;
mod place;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Element, Level, Message, Origin, Renderer};

use self::paint::Paint;
use super::model::{Action, Command, Outcome, Report, Reported, State};
use super::patch::{self, Kind};
use super::{Sources, authorship, cwe, engines, strategies, text, waivers};
use crate::finding::{FileStatus, FlowStep};

/// How the report is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Colours, as ANSI escape sequences.
    pub colour: bool,
    /// Box-drawing characters for the excerpts; ASCII otherwise.
    pub unicode: bool,
    /// Columns of the terminal. Excerpts keep within it; sentences do not.
    pub width: usize,
    /// Show findings that were there before, too.
    pub show_old: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { colour: false, unicode: false, width: 120, show_old: false }
    }
}

/// Flow steps shown at the beginning and at the end of a long flow.
const STEPS_SHOWN: usize = 5;

/// Waivers to look at that are listed.
const WAIVERS: usize = 20;

/// Characters of one line of a message that quotes the source.
const MESSAGE: usize = 600;

/// The report as text with a line feed at the end. Escape sequences come from the colours alone.
pub fn render(report: &Report, sources: &Sources<'_>, options: &Options) -> String {
    let renderer = if options.colour { Renderer::styled() } else { Renderer::plain() };
    let decor = if options.unicode { DecorStyle::Unicode } else { DecorStyle::Ascii };
    let renderer = renderer.term_width(options.width.max(40)).decor_style(decor);
    let screen =
        Screen { report, sources, renderer, unicode: options.unicode, paint: Paint { colour: options.colour } };
    let mut out = String::new();
    for reported in report.findings.iter().filter(|r| r.action != Action::Off) {
        if options.show_old || matches!(reported.state, State::New | State::Worsened) {
            screen.finding(&mut out, reported);
        }
    }
    screen.not_analysed(&mut out);
    screen.verdict(&mut out, options.show_old);
    out
}

struct Screen<'a> {
    report: &'a Report,
    sources: &'a Sources<'a>,
    renderer: Renderer,
    unicode: bool,
    paint: Paint,
}

impl Screen<'_> {
    fn finding(&self, out: &mut String, reported: &Reported) {
        let finding = &reported.finding;
        let level = match reported.action {
            Action::Fail => Level::ERROR,
            Action::Warn => Level::WARNING,
            Action::Note | Action::Off => Level::NOTE,
        };
        let title = level.primary_title(text::brief(&finding.message, MESSAGE)).id(text::visible(&finding.rule));
        let notes = self.notes(reported);
        let source = (self.sources)(&finding.path);
        let excerpt = source.as_deref().and_then(|source| excerpt::of(source, place::marks(finding)));
        let position = place::position(finding);
        match &excerpt {
            Some(excerpt) => {
                let group = title.element(Element::Cause(excerpt.snippet())).elements(notes);
                self.with_position(out, &self.renderer.render(&[group]), &position, excerpt.last_line());
            }
            None => out.push_str(&self.renderer.render(&[title.element(Origin::path(position)).elements(notes)])),
        }
        out.push('\n');
        self.fixes(out, reported);
        out.push('\n');
    }

    /// Puts the position below the title. The renderer would count lines and columns in the excerpt, where long lines are
    /// cut and hidden characters written out; so it gets no path, and leaves a line for it only in its Unicode form.
    fn with_position(&self, out: &mut String, rendered: &str, position: &str, last_line: u32) {
        let (title, rest) = rendered.split_once('\n').unwrap_or((rendered, ""));
        let pad = " ".repeat(last_line.to_string().len());
        out.push_str(title);
        if self.unicode {
            let (arrow, rest) = rest.split_once('\n').unwrap_or(("", rest));
            let bar = self.paint.line("│");
            let space = if arrow.contains("▸ ") { "" } else { " " };
            out.push_str(&format!("\n{arrow}{space}{position}\n{pad} {bar}\n{rest}"));
        } else {
            out.push_str(&format!("\n{pad}{} {position}\n{rest}", self.paint.line("-->")));
        }
    }

    fn notes(&self, reported: &Reported) -> Vec<Message<'static>> {
        let finding = &reported.finding;
        let mut weakness = vec![text::severity(finding.severity), format!("confidence {}", finding.confidence)];
        if !finding.cwe.is_empty() {
            weakness.insert(0, cwe::titles(&finding.cwe));
        }
        if self.report.command == Command::Check {
            weakness.push(super::standing(reported.state).to_owned());
        }
        let mut notes = vec![note("weakness", weakness.join("; "))];
        if finding.flow.len() > 1 {
            notes.push(note("flow", flow(&finding.path, &finding.flow)));
        }
        if !finding.related.is_empty() {
            notes.push(note("see", flow(&finding.path, &finding.related)));
        }
        if let Some(others) = engines::also(reported) {
            notes.push(note("also found by", text::brief(&others, MESSAGE)));
        }
        let rule = self.report.rule(&finding.rule).filter(|rule| reported.fix.is_none() && !rule.remedy.is_empty());
        if let Some(rule) = rule {
            notes.push(note("remedy", text::brief(&rule.remedy, MESSAGE)));
        }
        if let Some(author) = authorship::author_line(reported.author.as_ref()) {
            notes.push(note("author", author));
        }
        let counts = matches!(reported.state, State::New | State::Worsened);
        let does = match reported.action {
            Action::Fail if counts => "fails the gate",
            Action::Fail => "does not fail the gate, since it was there before",
            Action::Warn => "warns",
            Action::Note | Action::Off => "lists it only",
        };
        notes.push(note("policy", format!("{does}; decided by {}", text::brief(&reported.decided_by, 200))));
        if let Some(waived) = &reported.waived {
            notes.push(note("waived", text::brief(&waivers::sentence(waived), MESSAGE)));
        }
        notes
    }

    fn fixes(&self, out: &mut String, reported: &Reported) {
        if let Some(fix) = &reported.fix {
            let record = &fix.verification;
            let by = format!("{}: {}", text::visible(&fix.strategy), text::visible(&fix.fixer));
            let description = text::brief(&fix.description, MESSAGE);
            out.push_str(&format!("{}: {description} ({by})\n", self.paint.help("fix")));
            let verified = self.paint.good("verified");
            out.push_str(&format!("  {verified}: {}\n", super::fix_record(record)));
            self.patch(out, &fix.diff);
        }
        for rejected in &reported.rejected {
            let by = format!("{}: {}", text::visible(&rejected.strategy), text::visible(&rejected.fixer));
            let reason = text::visible(&rejected.reason);
            let explanation = text::brief(&rejected.explanation, MESSAGE);
            out.push_str(&format!("{}: {by}: {explanation} [{reason}]\n", self.paint.dim("rejected fix")));
        }
    }

    fn patch(&self, out: &mut String, diff: &str) {
        for (kind, line) in patch::lines(diff) {
            let line = match kind {
                Kind::Header | Kind::Context => line,
                Kind::Place => self.paint.place(&line),
                Kind::Removed => self.paint.removed(&line),
                Kind::Added => self.paint.added(&line),
            };
            if !line.trim().is_empty() {
                out.push_str("  ");
                out.push_str(&line);
            }
            out.push('\n');
        }
    }

    fn not_analysed(&self, out: &mut String) {
        let before = out.len();
        for file in &self.report.files {
            let path = text::visible(&file.path);
            match &file.status {
                FileStatus::NotAnalysed { reason } => {
                    let reason = text::brief(reason, MESSAGE);
                    out.push_str(&format!("{}: {path}: {reason}\n", self.paint.bad("not analysed")));
                }
                FileStatus::Partial { functions, reason } => {
                    let label = self.paint.warn("analysed in part");
                    let reason = text::brief(reason, MESSAGE);
                    out.push_str(&format!("{label}: {path}: {reason}{}\n", functions_missing(functions)));
                }
                FileStatus::Clean | FileStatus::Findings | FileStatus::Unsupported => {}
            }
        }
        if out.len() > before {
            out.push('\n');
        }
    }

    fn verdict(&self, out: &mut String, show_old: bool) {
        let report = self.report;
        out.push_str(&super::summary_line(report));
        out.push('\n');
        if report.summary.persisting > 0 && !show_old {
            let old = text::count(report.summary.persisting, "finding");
            let were = if report.summary.persisting == 1 { "was" } else { "were" };
            out.push_str(&format!("{old} {were} there before and {were} not shown\n"));
        }
        if let Some(line) = report.authorship.as_ref().and_then(authorship::line) {
            out.push_str(&format!("{line}\n"));
        }
        // Templates alone are said by the number of fixes.
        for summary in report.strategies.iter().filter(|s| s.model.is_some()) {
            out.push_str(&format!("{}\n", text::brief(&strategies::line(summary), MESSAGE)));
        }
        for (why, times) in strategies::unanswered(&report.findings) {
            let times = text::count(times, "time");
            out.push_str(&format!("{}: {} ({times})\n", self.paint.warn("no answer"), text::brief(&why, MESSAGE)));
        }
        for engine in &report.engines {
            let line = engines::line(engine);
            let label = if engines::is_wanting(engine) { self.paint.warn("engine") } else { self.paint.dim("engine") };
            out.push_str(&format!("{label}: {line}\n"));
        }
        let to_look_at = waivers::to_look_at(report);
        for line in to_look_at.iter().take(WAIVERS) {
            out.push_str(&format!("{}: {}\n", self.paint.warn("waiver"), text::brief(line, MESSAGE)));
        }
        if let more @ 1.. = to_look_at.len().saturating_sub(WAIVERS) {
            out.push_str(&format!("… and {} more\n", text::count(more, "waiver")));
        }
        match report.verdict.outcome {
            Outcome::Pass => out.push_str(&format!("{}\n", self.paint.good("PASS"))),
            Outcome::Fail => {
                out.push_str(&format!("{}\n", self.paint.bad("FAIL")));
            }
        }
        for reason in &report.verdict.reasons {
            out.push_str(&format!("  {}\n", text::brief(reason, MESSAGE)));
        }
    }
}

fn note(name: &'static str, text: String) -> Message<'static> {
    Level::NOTE.with_name(name).message(text)
}

fn functions_missing(functions: &[String]) -> String {
    const SHOWN: usize = 5;
    if functions.is_empty() {
        return String::new();
    }
    let names: Vec<String> = functions.iter().take(SHOWN).map(|f| text::brief(f, 120)).collect();
    let rest = functions.len().saturating_sub(SHOWN);
    let more = if rest == 0 { String::new() } else { format!(" and {rest} more") };
    format!(" (not analysed: {}{more})", names.join(", "))
}

/// The steps, one a line, with the places in a column; the middle of a long flow is left out.
fn flow(path: &str, steps: &[FlowStep]) -> String {
    let place = |step: &FlowStep| {
        let position = format!("{}:{}", step.region.start_line, step.region.start_column);
        if step.path == path { position } else { format!("{}:{position}", text::brief(&step.path, 80)) }
    };
    let left_out = steps.len().saturating_sub(2 * STEPS_SHOWN + 1);
    let shown: Vec<(usize, String, String)> = steps
        .iter()
        .enumerate()
        .filter(|&(at, _)| left_out == 0 || at < STEPS_SHOWN || at >= steps.len() - STEPS_SHOWN)
        .map(|(at, step)| (at, place(step), text::brief(&step.message, 160)))
        .collect();
    let width = shown.iter().map(|(_, place, _)| place.chars().count()).max().unwrap_or(0);
    let mut lines = Vec::with_capacity(shown.len() + 1);
    for (at, place, message) in shown {
        if left_out > 0 && at + STEPS_SHOWN == steps.len() {
            lines.push(format!("… {left_out} more steps …"));
        }
        lines.push(format!("{place:<width$}  {message}"));
    }
    lines.join("\n")
}
