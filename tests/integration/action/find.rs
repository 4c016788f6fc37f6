//! Which program is run: fetched with its checksum and attestation, built, or named.

use std::fs;
use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};

use super::server::{Pages, Server};
use super::{Job, Step, root};

const REPOSITORY: &str = "acme/tempergate";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// What the released program says.
const SAYS: &str = "echo released";

/// The rows of action/targets.txt: system, processor, target, runner.
pub fn targets() -> Vec<[String; 4]> {
    let text = fs::read_to_string(root().join("action/targets.txt")).unwrap();
    let rows = text.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty());
    rows.map(|l| l.split_whitespace().map(str::to_string).collect::<Vec<_>>().try_into().unwrap()).collect()
}

/// A release with an archive for a target, packed as the release workflow packs it.
fn release(job: &Job, version: &str, target: &str) -> Pages {
    let program = job.program("built/program", SAYS);
    let dist = job.path("dist");
    let mut pack = Command::new("bash");
    pack.arg(root().join("action/archive.sh")).args([version, target]).arg(program).arg(&dist);
    let packed = pack.output().unwrap();
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
    let archive = String::from_utf8(packed.stdout).unwrap().trim().to_string();
    let bytes = fs::read(dist.join(&archive)).unwrap();
    let sum: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    let sums = format!("{}  {archive}.sig\n{sum}  {archive}\n", "0".repeat(64));
    let at = |name: &str| format!("/{REPOSITORY}/releases/download/{version}/{name}");
    [
        (at("SHA256SUMS"), (200, sums.into_bytes())),
        (at("COMMIT"), (200, format!("{COMMIT}\n").into_bytes())),
        (at(&archive), (200, bytes)),
    ]
    .into()
}

const TARGET: &str = "x86_64-unknown-linux-musl";

fn find(job: &Job, server: &Server, reference: &str, more: &[(&str, &str)]) -> Step {
    let url = server.url();
    let mut variables =
        vec![("GITHUB_SERVER_URL", url.as_str()), ("ACTION_REPOSITORY", REPOSITORY), ("ACTION_REF", reference)];
    variables.extend(more);
    job.step("find.sh", &variables)
}

fn replace(pages: &mut Pages, end: &str, status: u16, body: &str) {
    let (_, page) = pages.iter_mut().find(|(path, _)| path.ends_with(end)).unwrap();
    *page = (status, body.as_bytes().to_vec());
}

fn says(binary: &str) -> String {
    String::from_utf8(Command::new(binary).output().unwrap().stdout).unwrap()
}

fn own_version() -> String {
    format!("v{}", env!("CARGO_PKG_VERSION"))
}

#[test]
fn each_system_gets_the_archive_that_the_release_workflow_packs() {
    for [system, architecture, target, _] in targets() {
        let job = Job::new();
        let server = Server::new(release(&job, "v1.2.3", &target));
        let found = find(&job, &server, "v1.2.3", &[("RUNNER_OS", &system), ("RUNNER_ARCH", &architecture)]);
        let binary = &found.succeeded().outputs["binary"];
        assert!(Path::new(binary).starts_with(job.path("temp")), "{binary}");
        assert_eq!(binary.ends_with(".exe"), system == "Windows");
        assert_eq!(says(binary), "released\n");
        assert!(!found.outputs.contains_key("build"));
        let archive = format!("/acme/tempergate/releases/download/v1.2.3/tempergate-v1.2.3-{target}.tar.gz");
        assert_eq!(server.asked(), ["/acme/tempergate/releases/download/v1.2.3/SHA256SUMS", &archive]);
    }
}

#[test]
fn the_folder_of_the_action_says_where_it_comes_from() {
    let job = Job::new();
    let server = Server::new(release(&job, "v1.2.3", TARGET));
    for path in ["/home/runner/work/_actions/acme/tempergate/v1.2.3", "D:\\a\\_actions\\acme\\tempergate\\v1.2.3"] {
        let wrong = [("GITHUB_ACTION_PATH", path), ("ACTION_REPOSITORY", "other/outer")];
        assert_eq!(says(&find(&job, &server, "v9.9.9", &wrong).succeeded().outputs["binary"]), "released\n");
    }
}

#[test]
fn what_does_not_have_the_stated_checksum_is_not_run() {
    let job = Job::new();
    let mut pages = release(&job, "v1.2.3", TARGET);
    replace(&mut pages, ".tar.gz", 200, "something else");
    let step = find(&job, &Server::new(pages.clone()), "v1.2.3", &[]);
    assert!(step.failure().contains("does not have the checksum"), "{}", step.out);
    for sums in ["", "deadbeef  tempergate-v1.2.3-x86_64-unknown-linux-musl.tar.gz\n", "<html>"] {
        replace(&mut pages, "SHA256SUMS", 200, sums);
        let step = find(&job, &Server::new(pages.clone()), "v1.2.3", &[]);
        assert!(step.failure().contains("no one checksum"), "{}", step.out);
    }
}

#[test]
fn only_a_missing_release_leads_to_a_build() {
    let job = Job::new();
    let none = find(&job, &Server::new(Pages::new()), "v1.2.3", &[]);
    assert_eq!(none.succeeded().outputs["build"], "true");
    assert_eq!(none.outputs["binary"], format!("{}/tempergate", none.outputs["folder"]));
    let mut pages = release(&job, "v1.2.3", TARGET);
    replace(&mut pages, "SHA256SUMS", 403, "no");
    let refused = find(&job, &Server::new(pages.clone()), "v1.2.3", &[]);
    assert!(refused.failure().contains("answered 403"), "{}", refused.out);
    replace(&mut pages, "SHA256SUMS", 500, "down");
    let down = Server::new(pages.clone());
    assert!(find(&job, &down, "v1.2.3", &[]).failure().contains("answered 500"));
    assert_eq!(down.asked().len(), 3, "a server that is down is asked again");
    let half = release(&job, "v1.2.3", "aarch64-apple-darwin");
    let step = find(&job, &Server::new(half), "v1.2.3", &[]);
    assert!(step.failure().contains("no one checksum"), "{}", step.out);
    let gone = find(&job, &Server::new(Pages::new()), "v1.2.3", &[("GITHUB_SERVER_URL", "http://127.0.0.1:1")]);
    assert!(gone.failure().contains("could not be fetched"), "{}", gone.out);
}

#[test]
fn branches_and_unknown_origins_are_built_without_asking() {
    let job = Job::new();
    let server = Server::new(release(&job, "v1.2.3", TARGET));
    for (repository, reference) in
        [(REPOSITORY, "main"), (REPOSITORY, ""), ("", "v1.2.3"), ("acme", "v1.2.3"), ("../../x", "v1.2.3")]
    {
        let step = find(&job, &server, reference, &[("ACTION_REPOSITORY", repository)]);
        assert_eq!(step.succeeded().outputs["build"], "true", "{repository} {reference}");
    }
    assert_eq!(server.asked(), [""; 0]);
}

#[test]
fn moving_tags_and_commits_take_the_release_of_their_own_version() {
    let job = Job::new();
    let version = own_version();
    let server = Server::new(release(&job, &version, TARGET));
    for reference in ["v0", "v0.1", COMMIT] {
        let step = find(&job, &server, reference, &[]);
        assert_eq!(says(&step.succeeded().outputs["binary"]), "released\n", "{reference}");
    }
    let other = find(&job, &server, &COMMIT.replace('0', "1"), &[]);
    assert_eq!(other.succeeded().outputs["build"], "true", "the release is of another commit");
}

#[test]
fn a_version_that_is_asked_for_is_there_or_the_step_fails() {
    let job = Job::new();
    let server = Server::new(release(&job, "v1.2.3", TARGET));
    for version in ["v1.2.3", "1.2.3"] {
        let step = find(&job, &server, "main", &[("TEMPERGATE_VERSION", version)]);
        assert_eq!(says(&step.succeeded().outputs["binary"]), "released\n");
    }
    let missing = find(&job, &server, "main", &[("TEMPERGATE_VERSION", "v7.0.0")]);
    assert!(missing.failure().contains("no release v7.0.0"));
    let asked = server.asked().len();
    for version in ["latest", "v1.2.3/../../x", "v1.2.3;id", "v1\n::set-env name=PATH::x"] {
        let step = find(&job, &server, "main", &[("TEMPERGATE_VERSION", version)]);
        assert!(step.failure().contains("is no version"), "{}", step.out);
        assert!(!step.out.contains("\n::"), "{}", step.out);
    }
    assert_eq!(server.asked().len(), asked);
}

#[test]
fn the_key_of_the_cache_has_the_system_and_the_sources_and_nothing_of_the_change() {
    let job = Job::new();
    let server = Server::new(Pages::new());
    let key = |more: &[(&str, &str)]| find(&job, &server, "main", more).succeeded().outputs["key"].clone();
    let first = key(&[]);
    assert!(first.starts_with("tempergate-Linux-X64-any-") && first.len() == 25 + 64, "{first}");
    fs::write(job.path("workspace").join("Cargo.lock"), "theirs").unwrap();
    let events = [("GITHUB_REPOSITORY", "mallory/fork"), ("GITHUB_REF", "refs/pull/1/merge"), ("GITHUB_HEAD_REF", "x")];
    assert_eq!(key(&events), first);
    assert_ne!(key(&[("RUNNER_ARCH", "ARM64")]), first);
    assert_ne!(key(&[("ImageOS", "ubuntu24")]), first);
}

#[test]
fn other_systems_are_refused() {
    let job = Job::new();
    let server = Server::new(Pages::new());
    for (system, architecture) in [("FreeBSD", "X64"), ("Linux", "RISCV64"), ("Linux", "X86"), ("macOS", "ARM")] {
        let step = find(&job, &server, "v1.2.3", &[("RUNNER_OS", system), ("RUNNER_ARCH", architecture)]);
        assert!(step.failure().contains(&format!("no Tempergate for {system} on {architecture}")), "{}", step.out);
    }
}

#[test]
fn attestations_are_verified_by_gh_and_bind_the_release_to_tag_and_commit() {
    let job = Job::new();
    let server = Server::new(release(&job, &own_version(), TARGET));
    let asked = job.path("gh-was-asked");
    let gh = |code: u8| {
        let log = asked.display();
        job.program("bin/gh", &format!("[[ $* == *--help* ]] || {{ echo \"$GH_TOKEN $*\" >>'{log}'; exit {code}; }}"));
    };
    let require = [("TEMPERGATE_ATTESTATION", "require"), ("GH_TOKEN", "token")];
    gh(0);
    find(&job, &server, COMMIT, &require).succeeded();
    let archive = format!("tempergate-{}-{TARGET}.tar.gz", own_version());
    assert_eq!(
        fs::read_to_string(&asked).unwrap(),
        format!(
            "token attestation verify {archive} --repo acme/tempergate --signer-workflow \
             acme/tempergate/.github/workflows/release.yml --source-ref refs/tags/{} --deny-self-hosted-runners \
             --source-digest {COMMIT}\n",
            own_version()
        )
    );
    gh(1);
    let step = find(&job, &server, COMMIT, &require);
    assert!(step.failure().contains("attestation of"), "{}", step.out);
    find(&job, &server, COMMIT, &[("TEMPERGATE_ATTESTATION", "skip")]).succeeded();
    job.program("bin/gh", "exit 1");
    assert!(find(&job, &server, COMMIT, &require).failure().contains("cannot be verified"));
    let auto = find(&job, &server, COMMIT, &[]);
    assert!(auto.succeeded().out.contains("::notice title=Tempergate::Only the checksum was verified"), "{}", auto.out);
    assert!(find(&job, &server, COMMIT, &[("TEMPERGATE_ATTESTATION", "no")]).failure().contains("none of auto"));
}

#[test]
fn a_named_program_is_taken_and_nothing_is_fetched() {
    let job = Job::new();
    let server = Server::new(release(&job, "v1.2.3", TARGET));
    let program = job.program("workspace/tools/gate", "echo mine");
    for named in [program.to_str().unwrap(), "tools/gate"] {
        let step = find(&job, &server, "v1.2.3", &[("TEMPERGATE_BINARY", named), ("RUNNER_OS", "Plan9")]);
        assert_eq!(says(&step.succeeded().outputs["binary"]), "mine\n");
    }
    for named in ["tools", "tools/none", "/dev/null"] {
        let step = find(&job, &server, "v1.2.3", &[("TEMPERGATE_BINARY", named)]);
        assert!(step.failure().contains("is no program"), "{}", step.out);
    }
    assert_eq!(server.asked(), [""; 0]);
}
