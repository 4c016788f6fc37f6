//! `tempergate man`: the manual, from the same words as `--help`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Command, CommandFactory};
use clap_mangen::Man as Page;

use super::{Arguments, Outcome, output};

/// Prints the manual as one page for `man`, with all subcommands.
#[derive(Debug, Args)]
pub struct Man {
    /// Write a page for each subcommand into this folder instead.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Man {
    /// Runs the command.
    pub fn run(&self) -> Result<Outcome> {
        match &self.dir {
            Some(dir) => write_pages(dir).with_context(|| format!("{}", dir.display()))?,
            None => output::print(&one_page()?)?,
        }
        Ok(Outcome::Pass)
    }
}

/// The command line with its subcommands named in full.
fn command() -> Command {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    command
}

fn write_pages(dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    clap_mangen::generate_to(command(), dir)
}

/// The page of the command, with what the pages of its subcommands say as sections.
fn one_page() -> Result<String> {
    let command = command();
    let mut page = Vec::new();
    let whole = Page::new(command.clone());
    whole.render_title(&mut page)?;
    whole.render_name_section(&mut page)?;
    whole.render_synopsis_section(&mut page)?;
    whole.render_description_section(&mut page)?;
    whole.render_options_section(&mut page)?;
    let mut page = String::from_utf8(page)?;
    let mut waiting: Vec<&Command> = subcommands(&command);
    while let Some(subcommand) = waiting.pop() {
        page.push_str(&section(subcommand)?);
        waiting.extend(subcommands(subcommand));
    }
    Ok(page)
}

/// The subcommands, the first one last, as a stack wants them.
fn subcommands(command: &Command) -> Vec<&Command> {
    let mut all: Vec<&Command> = command.get_subcommands().filter(|c| !c.is_hide_set()).collect();
    all.reverse();
    all
}

/// What the page of a subcommand says, one level below the headings of the whole page.
fn section(command: &Command) -> Result<String> {
    let page = Page::new(command.clone());
    let mut text = Vec::new();
    page.render_description_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_options_section(&mut text)?;
    let lines = String::from_utf8(text)?;
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_uppercase();
    let mut out = format!(".SH \"{name}\"\n");
    for line in lines.lines() {
        match line.strip_prefix(".SH ") {
            Some(heading) => out.extend([".SS ", heading]),
            None => out.push_str(line),
        }
        out.push('\n');
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_one_page_has_a_section_for_each_subcommand() {
        let page = one_page().unwrap();
        assert!(page.starts_with(".ie") || page.starts_with(".TH"), "{page}");
        for name in ["CHECK", "SCAN", "AUTHORSHIP", "FIX", "RULES", "RULES EXPLAIN", "POLICY SCHEMA", "INIT", "MAN"] {
            assert_eq!(page.matches(&format!(".SH \"TEMPERGATE {name}\"\n")).count(), 1, "{name}");
        }
        assert!(!page.contains("TEMPERGATE HELP"), "help is no command of its own");
    }
}
