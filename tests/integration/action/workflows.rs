//! What action.yml, the workflows and the examples say: nothing interpolated into scripts, everything pinned, one definition of what
//! a release is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{find, root};

const OUTPUTS: [&str; 10] =
    ["verdict", "findings", "new", "failing", "fixed", "resolved", "sarif", "report", "html", "markdown"];

fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn yaml(path: impl AsRef<Path>) -> Value {
    serde_saphyr::from_str(&text(path)).unwrap()
}

/// All files of a folder and the folders in it, from the root.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn examples() -> Vec<PathBuf> {
    files("examples/workflows")
}

/// The workflows of this repository and the examples.
fn workflows() -> Vec<PathBuf> {
    [files(".github/workflows"), examples()].concat()
}

/// The steps of all jobs of a workflow, or of an action.
fn steps(file: &Value) -> Vec<&Value> {
    let of_jobs = file["jobs"].as_object().into_iter().flat_map(|jobs| jobs.values());
    let lists = of_jobs.map(|job| &job["steps"]).chain([&file["runs"]["steps"]]);
    lists.filter_map(Value::as_array).flatten().collect()
}

fn names(object: &Value) -> BTreeSet<&str> {
    object.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn no_script_has_an_expression_in_it() {
    let mut scripts = 0;
    for path in workflows().into_iter().chain(["action.yml".into()]) {
        let file = yaml(&path);
        for step in steps(&file) {
            if let Some(script) = step["run"].as_str() {
                scripts += 1;
                assert!(!script.contains("${{"), "{}: {script}", path.display());
            }
        }
    }
    assert!(scripts > 15, "{scripts}");
}

#[test]
fn everything_from_elsewhere_is_pinned_by_one_commit() {
    let ours = format!("tempergate/tempergate@v{}", env!("CARGO_PKG_VERSION"));
    let mut pins: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in workflows().into_iter().chain(["action.yml".into()]) {
        for line in text(&path).lines() {
            let Some(uses) = line.trim().trim_start_matches("- ").strip_prefix("uses: ") else { continue };
            if uses == ours {
                continue;
            }
            let (action, pin) = uses.split_once('@').unwrap();
            let (hash, version) = pin.split_once(" # v").unwrap_or_else(|| panic!("{}: {line}", path.display()));
            assert!(hash.len() == 40 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{line}");
            assert!(version.split('.').count() == 3, "{line}");
            let repository = action.split('/').take(2).collect::<Vec<_>>().join("/");
            pins.entry(repository).or_default().insert(pin.to_string());
        }
    }
    assert!(pins.len() >= 8, "{pins:?}");
    assert!(pins.values().all(|p| p.len() == 1), "{pins:?}");
}

#[test]
fn workflows_ask_for_few_rights_and_leave_no_token_behind() {
    for path in workflows() {
        let file = yaml(&path);
        assert_eq!(file["permissions"], serde_json::json!({}), "{}", path.display());
        for job in file["jobs"].as_object().unwrap().values() {
            assert!(job["permissions"].is_object() && job["timeout-minutes"].is_number(), "{}", path.display());
        }
        for step in steps(&file).into_iter().filter(|s| s["uses"].as_str().is_some_and(|u| u.contains("checkout@"))) {
            assert_eq!(step["with"]["persist-credentials"], false, "{}", path.display());
        }
        assert!(!text(&path).contains("pull_request_target"), "{}", path.display());
    }
    for path in examples() {
        for job in yaml(&path)["jobs"].as_object().unwrap().values() {
            assert_eq!(job["permissions"]["contents"], "read", "{}", path.display());
        }
    }
}

#[test]
fn the_action_hands_every_input_to_a_script_and_every_output_on() {
    let action = yaml("action.yml");
    let steps = steps(&action);
    let inputs: BTreeSet<String> =
        steps.iter().filter_map(|s| s["env"].as_object()).flatten().fold(BTreeSet::new(), |mut inputs, (_, value)| {
            let name = value.as_str().and_then(|v| v.strip_prefix("${{ inputs.")).and_then(|v| v.strip_suffix(" }}"));
            inputs.extend(name.map(str::to_string));
            inputs
        });
    assert_eq!(inputs.iter().map(String::as_str).collect::<BTreeSet<_>>(), names(&action["inputs"]));
    assert_eq!(names(&action["outputs"]), OUTPUTS.into());
    for name in OUTPUTS {
        let value = action["outputs"][name]["value"].as_str().unwrap();
        assert!(value.starts_with(&format!("${{{{ steps.run.outputs.{name} ")), "{value}");
    }
    assert_eq!(action["runs"]["using"], "composite");
    for variable in steps.iter().filter_map(|s| s["env"].as_object()).flatten().map(|(name, _)| name) {
        let scripts = ["find.sh", "build.sh", "run.sh"].map(|s| text(Path::new("action").join(s)));
        let short = variable.trim_start_matches("TEMPERGATE_");
        let known = ["GH_TOKEN", "GITHUB_TOKEN"].contains(&variable.as_str());
        assert!(known || scripts.iter().any(|s| s.contains(short)), "no script reads {variable}");
    }
}

#[test]
fn the_examples_use_inputs_and_outputs_that_there_are() {
    let action = yaml("action.yml");
    let (inputs, outputs) = (names(&action["inputs"]), names(&action["outputs"]));
    let mut pages = 0;
    for path in examples() {
        let (file, text) = (yaml(&path), text(&path));
        for step in
            steps(&file).into_iter().filter(|s| s["uses"].as_str().is_some_and(|u| u.starts_with("tempergate/")))
        {
            assert!(names(&step["with"]).is_subset(&inputs), "{}: {step}", path.display());
        }
        for name in text.split("steps.tempergate.outputs.").skip(1) {
            let name: String = name.chars().take_while(char::is_ascii_alphabetic).collect();
            assert!(outputs.contains(name.as_str()), "{}: {name}", path.display());
        }
        pages += usize::from(text.contains("steps.tempergate.outputs.html"));
    }
    assert_eq!(pages, examples().len() - 1, "all but the second stage, which judges nothing, keep the page");
}

#[test]
fn the_second_stage_runs_on_nothing_of_the_pull_request() {
    let path = "examples/workflows/fork-safe/publish.yml";
    let (first, second) = (yaml("examples/workflows/fork-safe/analyse.yml"), yaml(path));
    assert_eq!(second["on"]["workflow_run"]["workflows"][0], first["name"]);
    assert!(!text(path).contains("checkout@"));
    let uses: Vec<&Value> = steps(&second);
    assert_eq!(uses[0]["with"]["run-id"], "${{ github.event.workflow_run.id }}");
    assert_eq!(uses[0]["with"]["path"], uses[1]["with"]["from"]);
    let left = steps(&first).into_iter().find(|s| s["with"]["name"] == uses[0]["with"]["name"]);
    assert!(left.is_some(), "the first stage leaves no artefact of that name");
    for job in first["jobs"].as_object().unwrap().values() {
        assert_eq!(job["permissions"], serde_json::json!({"contents": "read"}));
    }
}

#[test]
fn a_release_is_what_the_action_fetches() {
    let targets = find::targets();
    let built: BTreeSet<&str> = targets.iter().filter(|t| t[3] != "-").map(|t| t[2].as_str()).collect();
    let fetched: BTreeSet<&str> = targets.iter().map(|t| t[2].as_str()).collect();
    assert_eq!(built.len(), targets.iter().filter(|t| t[3] != "-").count(), "one is built twice");
    assert_eq!((built.len(), &built), (5, &fetched));
    let release = text(".github/workflows/release.yml");
    for shared in ["action/targets.txt", "action/archive.sh", "$(checksums_name)", "$(commit_name)"] {
        assert!(release.contains(shared), "{shared}");
    }
    assert!(!release.contains("-unknown-linux") && !release.contains("SHA256SUMS"), "names belong in action/");
}

#[test]
fn versions_agree() {
    let toolchain = text("rust-toolchain.toml");
    let rust = toolchain.lines().find_map(|l| l.strip_prefix("channel = \"")).unwrap().trim_end_matches('"');
    let dockerfile = text("Dockerfile");
    assert!(
        dockerfile.contains(&format!("FROM rust:{rust}-"))
            && dockerfile.contains(&format!("RUSTUP_TOOLCHAIN={rust}\n"))
    );
    for path in ["README.md", "docs/action.md"] {
        let ours = format!("uses: tempergate/tempergate@v{}\n", env!("CARGO_PKG_VERSION"));
        let checkout = "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2\n";
        assert!(text(path).contains(&ours) && text(path).contains(checkout), "{path}");
        assert!(text(".github/workflows/ci.yml").contains(checkout), "the page has another pin than the workflows");
    }
    for (path, suffix) in [("examples/gitlab-ci.yml", "-shell\n"), ("examples/Jenkinsfile", " \\\n")] {
        let image = format!("ghcr.io/tempergate/tempergate:{}{suffix}", env!("CARGO_PKG_VERSION"));
        assert!(text(path).contains(&image), "{path}");
    }
}

#[test]
fn the_page_about_the_action_is_complete() {
    let (action, page) = (yaml("action.yml"), text("docs/action.md"));
    for name in names(&action["inputs"]).into_iter().chain(OUTPUTS) {
        assert!(page.lines().any(|l| l.starts_with("| `") && l.contains(&format!("`{name}`"))), "{name}");
    }
    for path in examples() {
        assert!(page.contains(&format!("(../{})", path.display())), "{}", path.display());
    }
}

/// What the program is built from reaches the image's build.
#[test]
fn the_image_is_built_from_all_that_is_needed() {
    let ignore = text(".dockerignore");
    let kept: BTreeSet<&str> = ignore.lines().filter_map(|l| l.strip_prefix('!')).collect();
    for needed in ["Cargo.toml", "Cargo.lock", "build.rs", "rust-toolchain.toml", "src", "rules", "policies", "prompts"]
    {
        assert!(kept.contains(needed), "{needed}");
    }
    for path in files("src") {
        let text = text(&path);
        let included = text.split("include_str!(").skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
        for name in included.filter_map(|rest| rest.split('"').next()) {
            // Tests may read what is not part of the program.
            let top = name.trim_start_matches("../").split('/').next().unwrap();
            let outside = name.matches("../").count() >= path.components().count() - 1;
            assert!(
                !outside || kept.contains(top) || path.to_string_lossy().contains("tests"),
                "{}: {name}",
                path.display()
            );
        }
    }
}
