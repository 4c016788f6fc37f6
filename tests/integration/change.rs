//! Changes of real repositories.

use std::fs;
use std::path::Path;

use tempergate::change::{Change, ChangeError, Content, FileChange, Head, Hunk, Kind, Limits, LineEnds, Status};
use tempergate::snapshot::{ReadError, Snapshot};

use crate::git::Repo;

const TEXT: &str = "import os\n\n\ndef main():\n    print('hello')\n    return os.getcwd()\n";

fn between(repo: &Repo, base: &str, head: &str) -> Result<Change, ChangeError> {
    Change::between(repo.path(), base, &Head::Commit(head.into()), Limits::default())
}

/// The change from `main` to what is checked out.
fn committed(repo: &Repo) -> Change {
    between(repo, "main", "HEAD").unwrap()
}

fn working_tree(repo: &Repo) -> Change {
    Change::between(repo.path(), "HEAD", &Head::WorkingTree, Limits::default()).unwrap()
}

fn error(repo: &Repo, base: &str, head: &str) -> ChangeError {
    between(repo, base, head).err().expect("an error")
}

/// Status and paths of all files: `M a.py`, `R a.py -> b.py`.
fn summary(change: &Change) -> Vec<String> {
    let line = |file: &FileChange| {
        let letter = format!("{:?}", file.status).remove(0);
        match (file.old_path(), file.new_path()) {
            (Some(old), Some(new)) if old != new => format!("{letter} {old} -> {new}"),
            _ => format!("{letter} {}", file.path()),
        }
    };
    change.files().iter().map(line).collect()
}

fn only(change: &Change) -> &FileChange {
    let [file] = change.files() else { panic!("{:?}", summary(change)) };
    file
}

fn hunk(old_start: u32, old_lines: u32, new_start: u32, new_lines: u32) -> Hunk {
    Hunk { old_start, old_lines, new_start, new_lines }
}

fn text(lines: u32, line_ends: LineEnds, ends_with_newline: bool) -> Content {
    Content::Text { lines, line_ends, ends_with_newline, utf8: true }
}

fn read(snapshot: &dyn Snapshot, path: &str) -> Option<Vec<u8>> {
    snapshot.read(path).unwrap().map(|bytes| bytes.to_vec())
}

fn branch(repo: &Repo) {
    repo.git(["checkout", "--quiet", "-b", "topic"]);
}

#[test]
fn added_modified_and_deleted() {
    let repo = Repo::with(&[("a.py", TEXT), ("gone.py", "x = 1\ny = 2\n"), ("same.py", "z\n")]);
    branch(&repo);
    repo.write("a.py", TEXT.replace("hello", "bye"));
    repo.write("new/b.py", "one\ntwo\n");
    repo.remove("gone.py");
    let id = repo.commit("change");
    let change = committed(&repo);
    assert_eq!(summary(&change), ["M a.py", "D gone.py", "A new/b.py"]);
    let [modified, deleted, added] = change.files() else { panic!() };
    assert_eq!(modified.hunks(), [hunk(5, 1, 5, 1)]);
    assert_eq!((modified.lines.to_new(6), modified.lines.to_new(5)), (Some(6), None));
    assert_eq!((deleted.hunks(), &deleted.new), (vec![hunk(1, 2, 0, 0)], &None));
    assert_eq!((added.hunks(), &added.old), (vec![hunk(0, 0, 1, 2)], &None));
    assert_eq!(added.new.as_ref().unwrap().content, text(2, LineEnds::Lf, true));
    let oid = |file: &FileChange| file.new.as_ref().unwrap().oid.clone().unwrap();
    assert_eq!(oid(added), repo.git(["rev-parse", "HEAD:new/b.py"]));
    assert_eq!(change.head_commit(), id);
    assert_eq!(
        (change.base_commit(), change.merge_base()),
        (repo.git(["rev-parse", "main"]).as_str(), change.base_commit())
    );
    assert_eq!(change.base().paths(), ["a.py", "gone.py", "same.py"]);
    assert_eq!(change.head().paths(), ["a.py", "new/b.py", "same.py"]);
    assert_eq!(read(change.base(), "a.py").unwrap(), TEXT.as_bytes());
    assert_eq!(read(change.head(), "gone.py"), None);
    assert_eq!(read(change.head(), "new"), None);
    assert_eq!(change.root().unwrap().canonicalize().unwrap(), repo.path().canonicalize().unwrap());
}

#[test]
fn renamed_with_an_edit() {
    let repo = Repo::with(&[("a.py", TEXT), ("b.py", "something = 'else'\n")]);
    branch(&repo);
    repo.git(["mv", "a.py", "moved.py"]);
    repo.write("moved.py", format!("# moved\n{TEXT}"));
    repo.commit("move");
    let change = committed(&repo);
    assert_eq!(summary(&change), ["R a.py -> moved.py"]);
    assert_eq!(only(&change).hunks(), [hunk(0, 0, 1, 1)]);
    assert_eq!(only(&change).lines.to_new(6), Some(7));
}

#[test]
fn copied_from_an_untouched_and_from_a_modified_file() {
    let other = TEXT.replace("os", "sys").replace("main", "start");
    let repo = Repo::with(&[("a.py", TEXT), ("b.py", &other)]);
    branch(&repo);
    repo.write("exact.py", TEXT);
    repo.write("b.py", format!("{other}# touched\n"));
    repo.write("similar.py", format!("{other}# another\n"));
    repo.commit("copy");
    let change = committed(&repo);
    assert_eq!(summary(&change), ["M b.py", "C a.py -> exact.py", "C b.py -> similar.py"]);
    assert_eq!(change.files()[2].hunks(), [hunk(6, 0, 7, 1)]);
}

#[cfg(unix)]
#[test]
fn mode_change() {
    use std::os::unix::fs::PermissionsExt;
    let repo = Repo::with(&[("run.sh", "echo\n")]);
    branch(&repo);
    fs::set_permissions(repo.path().join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    let unstaged = working_tree(&repo);
    repo.commit("mode");
    for change in [unstaged, committed(&repo)] {
        let file = only(&change);
        assert_eq!(file.status, Status::Modified);
        assert_eq!(file.mode_change(), Some((0o100_644, 0o100_755)));
        assert!(file.hunks().is_empty());
    }
}

#[test]
fn submodule() {
    let library = Repo::with(&[("lib.py", "x = 1\n")]);
    let repo = Repo::with(&[("a.py", TEXT)]);
    branch(&repo);
    let url = library.path().to_str().unwrap();
    repo.git(["submodule", "--quiet", "add", url, "library"]);
    let staged = working_tree(&repo);
    repo.commit("submodule");
    for change in [staged, committed(&repo)] {
        assert_eq!(summary(&change), ["A .gitmodules", "A library"]);
        let side = change.files()[1].new.clone().unwrap();
        assert_eq!((side.kind, side.content, side.mode), (Kind::Submodule, Content::Submodule, 0o160_000));
        assert_eq!(side.oid, Some(library.git(["rev-parse", "HEAD"])));
        assert_eq!(change.head().read("library"), Err(ReadError::Submodule { path: "library".into() }));
        assert_eq!(read(change.head(), "library/lib.py"), None);
        assert!(!change.head().paths().contains(&"library".to_owned()));
    }
    library.write("lib.py", "x = 2\n");
    let moved = library.commit("more");
    repo.git(["-C", "library", "pull", "--quiet"]);
    let change = working_tree(&repo);
    assert_eq!(summary(&change), ["M library"]);
    assert_eq!(only(&change).new.as_ref().unwrap().oid, Some(moved));
}

#[test]
fn a_repository_inside_the_working_tree() {
    let repo = Repo::with(&[("a.py", TEXT)]);
    repo.write("nested/b.py", "x\n");
    repo.git(["init", "--quiet", "nested"]);
    repo.git(["-C", "nested", "add", "--all"]);
    repo.git(["-C", "nested", "commit", "--quiet", "-m", "nested"]);
    let change = working_tree(&repo);
    assert_eq!(summary(&change), ["A nested"]);
    assert_eq!(only(&change).kind(), Kind::Submodule);
    assert_eq!(read(change.head(), "nested/b.py"), None);
}

#[cfg(unix)]
#[test]
fn symlinks_are_reported_and_not_followed() {
    use std::os::unix::fs::symlink;
    let repo = Repo::with(&[("d/a.py", TEXT)]);
    branch(&repo);
    let secret = repo.outside("secret");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("key"), "top secret").unwrap();
    symlink("a.py", repo.path().join("d/inside")).unwrap();
    symlink("../../secret/key", repo.path().join("d/relative")).unwrap();
    symlink(&secret, repo.path().join("folder")).unwrap();
    let unstaged = working_tree(&repo);
    repo.commit("links");
    for change in [unstaged, committed(&repo)] {
        assert_eq!(summary(&change), ["A d/inside", "A d/relative", "A folder"]);
        let contents: Vec<_> = change.files().iter().map(|file| file.new.clone().unwrap().content).collect();
        let link = |target: &str, outside| Content::Symlink { target: target.into(), outside };
        assert_eq!(
            contents,
            [link("a.py", false), link("../../secret/key", true), link(secret.to_str().unwrap(), true)]
        );
        assert_eq!(change.files()[0].kind(), Kind::Symlink);
        for path in ["d/inside", "d/relative", "folder"] {
            assert_eq!(change.head().read(path), Err(ReadError::Symlink { path: path.into() }));
        }
        assert_eq!(read(change.head(), "folder/key"), None);
        assert_eq!(change.head().paths(), ["d/a.py"]);
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_becomes_a_link_is_not_entered() {
    let repo = Repo::with(&[("config/key.py", "harmless\n")]);
    let secret = repo.outside("secret");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("key.py"), "top secret\n").unwrap();
    let before = working_tree(&repo);
    fs::remove_dir_all(repo.path().join("config")).unwrap();
    std::os::unix::fs::symlink(&secret, repo.path().join("config")).unwrap();
    assert_eq!(before.head().read("config/key.py"), Err(ReadError::Symlink { path: "config/key.py".into() }));
    let change = working_tree(&repo);
    assert_eq!(summary(&change), ["A config", "D config/key.py"]);
    assert_eq!(read(change.head(), "config/key.py"), None);
}

#[cfg(unix)]
#[test]
fn a_file_that_becomes_a_link_changes_its_type() {
    let repo = Repo::with(&[("a.py", TEXT), ("b.py", "x\n")]);
    branch(&repo);
    repo.remove("b.py");
    std::os::unix::fs::symlink("a.py", repo.path().join("b.py")).unwrap();
    let unstaged = working_tree(&repo);
    repo.commit("link");
    for change in [unstaged, committed(&repo)] {
        assert_eq!(summary(&change), ["T b.py"]);
        assert_eq!(only(&change).kind(), Kind::Symlink);
    }
}

#[cfg(unix)]
#[test]
fn special_files_are_not_opened() {
    let repo = Repo::with(&[("a.py", TEXT), ("pipe", "was a file\n")]);
    let before = working_tree(&repo);
    repo.remove("pipe");
    let made = std::process::Command::new("mkfifo").arg(repo.path().join("pipe")).status().unwrap();
    assert!(made.success());
    assert_eq!(before.head().read("pipe"), Err(ReadError::NotAFile { path: "pipe".into() }));
    assert!(summary(&working_tree(&repo)).iter().all(|line| line.ends_with(" pipe")));
}

#[test]
fn binary_files_have_no_lines() {
    let repo = Repo::with(&[("logo.png", b"\x89PNG\0\x01\n")]);
    branch(&repo);
    repo.write("logo.png", b"\x89PNG\0\x02\n\n");
    repo.commit("logo");
    let change = committed(&repo);
    let file = only(&change);
    assert!(file.is_binary() && file.hunks().is_empty());
    assert_eq!(file.new.as_ref().unwrap().content, Content::Binary { bytes: 8 });
}

#[test]
fn attributes_of_the_change_hide_nothing() {
    let repo = Repo::with(&[("a.py", TEXT)]);
    branch(&repo);
    repo.write(".gitattributes", "*.py binary -diff filter=evil diff=evil\n");
    repo.git(["config", "filter.evil.clean", "touch evil; cat"]);
    repo.git(["config", "diff.evil.command", "touch evil"]);
    repo.write("a.py", TEXT.replace("hello", "bye"));
    let unstaged = working_tree(&repo);
    assert!(!repo.path().join("evil").exists());
    repo.git(["config", "--unset", "filter.evil.clean"]);
    repo.commit("attributes");
    for change in [unstaged, committed(&repo)] {
        assert_eq!(summary(&change), ["A .gitattributes", "M a.py"]);
        assert_eq!(change.files()[1].hunks(), [hunk(5, 1, 5, 1)]);
    }
}

#[test]
fn line_ends() {
    let repo = Repo::with(&[("a.py", "a\nb\nc\n")]);
    branch(&repo);
    repo.write("a.py", "a\r\nB\r\nc");
    repo.commit("dos");
    let change = committed(&repo);
    let file = only(&change);
    assert_eq!(file.old.as_ref().unwrap().content, text(3, LineEnds::Lf, true));
    assert_eq!(file.new.as_ref().unwrap().content, text(3, LineEnds::CrLf, false));
    assert_eq!(file.hunks(), [hunk(2, 1, 2, 1)]);
}

#[test]
fn autocrlf_changes_no_line() {
    let repo = Repo::with(&[("a.py", "a\nb\nc\n"), ("b.py", "x\n")]);
    repo.git(["config", "core.autocrlf", "true"]);
    repo.remove("a.py");
    repo.git(["checkout", "--quiet", "a.py"]);
    let change = working_tree(&repo);
    assert_eq!(summary(&change), [""; 0]);
    assert_eq!(read(change.base(), "a.py").unwrap(), b"a\nb\nc\n");
    assert_eq!(read(change.head(), "a.py").unwrap(), b"a\r\nb\r\nc\r\n");
    repo.write("a.py", "a\r\nb\r\nd\r\n");
    let change = working_tree(&repo);
    assert_eq!(only(&change).hunks(), [hunk(3, 1, 3, 1)]);
    assert_eq!(read(change.head(), "a.py").unwrap(), b"a\r\nb\r\nd\r\n");
}

#[test]
fn content_that_is_not_utf8() {
    let repo = Repo::with(&[("a.py", b"# caf\xe9\nx = 1\n")]);
    branch(&repo);
    repo.write("a.py", b"# caf\xe8\nx = 1\n");
    repo.commit("accent");
    let change = committed(&repo);
    assert_eq!(only(&change).hunks(), [hunk(1, 1, 1, 1)]);
    let expected = Content::Text { lines: 2, line_ends: LineEnds::Lf, ends_with_newline: true, utf8: false };
    assert_eq!(only(&change).new.as_ref().unwrap().content, expected);
}

#[cfg(target_os = "linux")]
#[test]
fn paths_that_are_not_utf8() {
    use std::os::unix::ffi::OsStrExt;
    let repo = Repo::with(&[("a.py", TEXT)]);
    branch(&repo);
    repo.write(std::ffi::OsStr::from_bytes(b"d/caf\xe9.py"), "x = 1\n");
    repo.write("d/caf\u{FFFD}e9.py", "y = 2\n");
    let unstaged = working_tree(&repo);
    repo.commit("names");
    for change in [unstaged, committed(&repo)] {
        assert_eq!(change.files().len(), 2);
        for (content, escaped) in
            [("x = 1\n", "d/caf\u{FFFD}e9.py"), ("y = 2\n", "d/caf\u{FFFD}ef\u{FFFD}bf\u{FFFD}bde9.py")]
        {
            let side = change.files().iter().filter_map(|file| file.new.as_ref()).find(|side| side.path == escaped);
            assert!(side.unwrap().path_escaped);
            assert_eq!(read(change.head(), escaped).unwrap(), content.as_bytes());
            assert!(change.head().paths().contains(&escaped.to_owned()));
        }
    }
}

#[test]
fn the_change_starts_at_the_merge_base() {
    let repo = Repo::with(&[("a.py", TEXT), ("b.py", "x\n")]);
    let parted = repo.git(["rev-parse", "HEAD"]);
    branch(&repo);
    repo.write("a.py", format!("{TEXT}# topic\n"));
    repo.commit("topic");
    repo.git(["checkout", "--quiet", "main"]);
    repo.write("b.py", "main went on\n");
    repo.commit("main");
    repo.git(["tag", "-a", "v1", "-m", "release"]);
    let change = between(&repo, "main", "topic").unwrap();
    assert_eq!(summary(&change), ["M a.py"]);
    assert_eq!(change.merge_base(), parted);
    assert_ne!(change.base_commit(), parted);
    assert_eq!(read(change.base(), "b.py").unwrap(), b"x\n");
    for base in ["v1", "refs/heads/main", "main~0", &repo.git(["rev-parse", "main"])[..9], "HEAD", "@"] {
        assert_eq!(between(&repo, base, "topic").unwrap().base_commit(), change.base_commit(), "{base}");
    }
}

#[test]
fn the_working_tree_is_staged_unstaged_and_untracked() {
    let files =
        [("a.py", TEXT), ("b.py", "b = 1\nc = 2\n"), ("c.py", "c\n"), ("d.py", "deleted\n"), (".gitignore", "*.log\n")];
    let repo = Repo::with(&files);
    repo.write("a.py", TEXT.replace("hello", "staged"));
    repo.git(["add", "a.py"]);
    repo.write("a.py", TEXT.replace("hello", "staged and more"));
    repo.write("b.py", "b = 1\nc = 3\n");
    repo.write("staged.py", "only staged = 1\n");
    repo.git(["add", "staged.py"]);
    repo.write("sub/untracked.py", "new = 'file'\n");
    repo.write("debug.log", "ignored\n");
    repo.write("forced.log", "tracked in spite of being ignored\n");
    repo.git(["add", "--force", "forced.log"]);
    repo.git(["rm", "--quiet", "--cached", "c.py"]);
    repo.git(["rm", "--quiet", "d.py"]);
    let index = fs::read(repo.path().join(".git/index")).unwrap();
    let change = working_tree(&repo);
    assert_eq!(summary(&change), ["M a.py", "M b.py", "D d.py", "A forced.log", "A staged.py", "A sub/untracked.py"]);
    assert_eq!(read(change.head(), "a.py").unwrap(), TEXT.replace("hello", "staged and more").as_bytes());
    assert_eq!(read(change.head(), "debug.log"), None);
    assert_eq!(read(change.head(), ".git/config"), None);
    assert_eq!(read(change.head(), "../repository/a.py"), None);
    let paths = [".gitignore", "a.py", "b.py", "c.py", "forced.log", "staged.py", "sub/untracked.py"];
    assert_eq!(change.head().paths(), paths);
    assert_eq!(read(change.base(), "d.py").unwrap(), b"deleted\n");
    assert_eq!(fs::read(repo.path().join(".git/index")).unwrap(), index);
}

#[test]
fn a_staged_change_that_was_undone_is_none() {
    let repo = Repo::with(&[("a.py", TEXT)]);
    repo.write("a.py", "other\n");
    repo.git(["add", "a.py"]);
    repo.write("a.py", TEXT);
    assert_eq!(summary(&working_tree(&repo)), [""; 0]);
}

#[test]
fn a_file_that_is_only_announced_is_read_from_disk() {
    let repo = Repo::with(&[("a.py", TEXT)]);
    repo.write("b.py", "x = 1\n");
    repo.git(["add", "--intent-to-add", "b.py"]);
    let change = working_tree(&repo);
    assert_eq!(summary(&change), ["A b.py"]);
    assert_eq!(only(&change).hunks(), [hunk(0, 0, 1, 1)]);
}

#[test]
fn renames_in_the_working_tree_need_no_staging() {
    let repo = Repo::with(&[("a.py", TEXT)]);
    fs::rename(repo.path().join("a.py"), repo.path().join("b.py")).unwrap();
    assert_eq!(summary(&working_tree(&repo)), ["R a.py -> b.py"]);
}

#[test]
fn conflicts_are_read_as_they_stand() {
    let repo = Repo::with(&[("a.py", "x = 1\n")]);
    branch(&repo);
    repo.write("a.py", "x = 2\n");
    repo.commit("ours");
    repo.git(["checkout", "--quiet", "-b", "other", "main"]);
    repo.write("a.py", "x = 3\n");
    repo.commit("theirs");
    assert!(std::panic::catch_unwind(|| repo.git(["merge", "--quiet", "topic"])).is_err());
    let change = working_tree(&repo);
    assert_eq!(summary(&change), ["M a.py"]);
    assert!(read(change.head(), "a.py").unwrap().starts_with(b"<<<<<<<"));
}

#[test]
fn large_files_are_listed_and_not_read() {
    let repo = Repo::with(&[("a.py", "x = 1\n")]);
    repo.write("a.py", vec![b'#'; 2_000]);
    let sparse = fs::File::create(repo.path().join("huge.py")).unwrap();
    sparse.set_len(10 << 30).unwrap();
    let limits = Limits { max_file_bytes: 1_000 };
    let change = Change::between(repo.path(), "HEAD", &Head::WorkingTree, limits).unwrap();
    assert_eq!(summary(&change), ["M a.py", "A huge.py"]);
    let content = |at: usize| change.files()[at].new.as_ref().unwrap().content.clone();
    assert_eq!((content(0), content(1)), (Content::TooLarge { bytes: 2_000 }, Content::TooLarge { bytes: 10 << 30 }));
    let expected = ReadError::TooLarge { path: "huge.py".into(), bytes: 10 << 30, limit: 1_000 };
    assert_eq!(change.head().read("huge.py"), Err(expected));
    repo.remove("huge.py");
    repo.commit("large");
    let limits = Limits { max_file_bytes: 1_999 };
    let change = Change::between(repo.path(), "HEAD~1", &Head::Commit("HEAD".into()), limits).unwrap();
    assert_eq!(only(&change).new.as_ref().unwrap().content, Content::TooLarge { bytes: 2_000 });
}

#[test]
fn detached_head() {
    let repo = Repo::with(&[("a.py", TEXT)]);
    branch(&repo);
    repo.write("a.py", format!("{TEXT}# more\n"));
    let id = repo.commit("more");
    repo.git(["checkout", "--quiet", "--detach"]);
    repo.write("b.py", "untracked\n");
    assert_eq!(summary(&committed(&repo)), ["M a.py"]);
    let change = Change::between(repo.path(), "main", &Head::WorkingTree, Limits::default()).unwrap();
    assert_eq!((summary(&change), change.head_commit()), (vec!["M a.py".into(), "A b.py".into()], id.as_str()));
}

#[test]
fn empty_changes() {
    let repo = Repo::with(&[("a.py", TEXT)]);
    assert!(committed(&repo).files().is_empty());
    assert!(working_tree(&repo).files().is_empty());
    repo.commit("nothing");
    assert!(between(&repo, "HEAD~1", "HEAD").unwrap().files().is_empty());
    assert!(between(&repo, "HEAD", "HEAD~1").unwrap().files().is_empty());
}

#[test]
fn shallow_clones_say_how_to_get_more() {
    let source = Repo::with(&[("a.py", "1\n")]);
    source.git(["checkout", "--quiet", "-b", "topic"]);
    source.write("a.py", "2\n");
    source.commit("topic 1");
    source.write("a.py", "3\n");
    source.commit("topic 2");
    let one_branch = Repo::clone_of(source.path(), &["--depth=1"]);
    let not_found = error(&one_branch, "main", "HEAD").to_string();
    assert!(
        not_found.contains("\"main\"") && not_found.contains("shallow") && not_found.contains("--unshallow"),
        "{not_found}"
    );
    let all_branches = Repo::clone_of(source.path(), &["--depth=1", "--no-single-branch"]);
    let unrelated = error(&all_branches, "origin/main", "HEAD");
    assert_eq!(unrelated, ChangeError::NoMergeBase { base: "origin/main".into(), head: "HEAD".into(), shallow: true });
    assert!(unrelated.to_string().contains("--deepen"), "{unrelated}");
    all_branches.git(["fetch", "--quiet", "--unshallow"]);
    assert_eq!(summary(&between(&all_branches, "origin/main", "HEAD").unwrap()), ["M a.py"]);
    let nothing_new = Repo::clone_of(source.path(), &["--depth=1"]);
    nothing_new.write("a.py", "4\n");
    assert_eq!(summary(&working_tree(&nothing_new)), ["M a.py"]);
}

#[test]
fn partial_clones_tell_missing_content_from_missing_files() {
    let source = Repo::with(&[("a.py", "1\n"), ("b.py", "b\n")]);
    source.git(["config", "uploadpack.allowFilter", "true"]);
    source.write("a.py", "2\n");
    source.commit("more");
    let partial = Repo::clone_of(source.path(), &["--filter=blob:none"]);
    let change = between(&partial, "HEAD~1", "HEAD").unwrap();
    assert_eq!(summary(&change), ["M a.py"]);
    assert!(matches!(only(&change).old.as_ref().unwrap().content, Content::Unreadable { .. }));
    assert!(matches!(change.base().read("a.py"), Err(ReadError::Failed { .. })));
    assert!(change.base().contains("a.py"));
    let treeless = Repo::clone_of(source.path(), &["--filter=tree:0"]);
    let error = error(&treeless, "HEAD~1", "HEAD").to_string();
    assert!(error.starts_with("cannot read the tree of a commit") && error.contains("git fetch --refetch"), "{error}");
}

#[test]
fn unrelated_histories_have_no_merge_base() {
    let repo = Repo::with(&[("a.py", TEXT)]);
    repo.git(["checkout", "--quiet", "--orphan", "other"]);
    repo.commit("orphan");
    let error = error(&repo, "main", "other");
    assert_eq!(error, ChangeError::NoMergeBase { base: "main".into(), head: "other".into(), shallow: false });
    assert!(error.to_string().contains("unrelated"));
}

#[test]
fn a_branch_without_commits() {
    let repo = Repo::new();
    let expected = ChangeError::Unborn { branch: "main".into() };
    assert_eq!(error(&repo, "HEAD", "HEAD"), expected);
    let head = Change::between(repo.path(), "HEAD", &Head::WorkingTree, Limits::default());
    assert_eq!(head.err(), Some(expected));
}

#[test]
fn bad_references() {
    let repo = Repo::with(&[("a.py", TEXT)]);
    let clone = Repo::clone_of(repo.path(), &[]);
    clone.git(["checkout", "--quiet", "-b", "topic"]);
    clone.git(["branch", "--quiet", "-D", "main"]);
    let similar = vec!["origin/main".to_owned()];
    assert_eq!(
        error(&clone, "main", "HEAD"),
        ChangeError::RefNotFound { name: "main".into(), similar, shallow: false }
    );
    assert!(error(&clone, "main", "HEAD").to_string().ends_with("did you mean origin/main?"));
    for missing in
        ["nowhere", "HEAD~9", "0123456789012345678901234567890123456789", "--upload-pack=evil", "origin/none"]
    {
        let error = error(&repo, missing, "HEAD");
        assert!(matches!(&error, ChangeError::RefNotFound { name, .. } if name == missing), "{missing}: {error:?}");
    }
    for odd in ["", "a..b", "main:a.py", "HEAD^{tree}", "a\0b", "HEAD@{", "^", "~", "*"] {
        let error = error(&repo, odd, "HEAD");
        assert!(!matches!(error, ChangeError::NotARepository { .. }), "{odd:?}: {error:?}");
    }
    assert_eq!(error(&repo, "main:a.py", "HEAD"), ChangeError::NotACommit { name: "main:a.py".into() });
    assert_eq!(error(&repo, "main..main", "HEAD"), ChangeError::NotACommit { name: "main..main".into() });
}

#[test]
fn a_name_of_two_commits_is_ambiguous() {
    let repo = Repo::with(&[("a.py", TEXT)]);
    repo.git(["tag", "same"]);
    repo.git(["branch", "same"]);
    assert!(between(&repo, "same", "HEAD").is_ok());
    repo.commit("more");
    repo.git(["branch", "--force", "same"]);
    let candidates = vec!["refs/tags/same".to_owned(), "refs/heads/same".to_owned()];
    for name in ["same", "same~0"] {
        assert_eq!(
            error(&repo, name, "HEAD"),
            ChangeError::AmbiguousRef { name: name.into(), candidates: candidates.clone() }
        );
    }
    assert!(between(&repo, "refs/tags/same", "refs/heads/same").is_ok());
}

#[test]
fn not_a_repository() {
    let folder = tempfile::tempdir().unwrap();
    for dir in [folder.path(), &folder.path().join("nowhere")] {
        let error = Change::between(dir, "main", &Head::WorkingTree, Limits::default()).err();
        assert_eq!(error, Some(ChangeError::NotARepository { dir: dir.into() }));
    }
}

/// Only root can give a repository to somebody else, so that this looks at the message where the tests run as root, as
/// they do in most containers.
#[cfg(unix)]
#[test]
fn a_repository_of_somebody_else_is_not_read() {
    use std::os::unix::fs::chown;
    let repo = Repo::with(&[("sub/a.py", TEXT)]);
    if chown(repo.path().join(".git"), Some(12_345), None).is_err() {
        return;
    }
    chown(repo.path(), Some(12_345), None).unwrap();
    let dir = repo.path().canonicalize().unwrap();
    let error = Change::between(&dir.join("sub"), "HEAD", &Head::WorkingTree, Limits::default()).err().unwrap();
    assert_eq!(error, ChangeError::NotOwned { dir: dir.clone() });
    assert!(error.to_string().ends_with(&format!("safe.directory {}`", dir.display())), "{error}");
}

#[test]
fn a_bare_repository_has_commits_only() {
    let source = Repo::with(&[("a.py", TEXT)]);
    source.write("a.py", "x\n");
    source.commit("more");
    let bare = Repo::clone_of(source.path(), &["--bare"]);
    let change = between(&bare, "HEAD~1", "HEAD").unwrap();
    assert_eq!((summary(&change), change.root()), (vec!["M a.py".into()], None));
    let error = Change::between(bare.path(), "HEAD", &Head::WorkingTree, Limits::default()).err();
    assert_eq!(error, Some(ChangeError::Bare { dir: bare.path().into() }));
}

#[test]
fn any_folder_of_the_repository_gives_the_whole_change() {
    let repo = Repo::with(&[("a.py", TEXT), ("deep/er/b.py", "x\n")]);
    repo.write("a.py", "y\n");
    repo.write("deep/er/c.py", "new file\n");
    let folder = repo.path().join("deep/er");
    let change = Change::between(&folder, "HEAD", &Head::WorkingTree, Limits::default()).unwrap();
    assert_eq!(summary(&change), ["M a.py", "A deep/er/c.py"]);
    assert_eq!(change.root().map(Path::canonicalize).unwrap().unwrap(), repo.path().canonicalize().unwrap());
}

#[test]
fn linked_worktrees() {
    let repo = Repo::with(&[("a.py", TEXT)]);
    let linked = repo.outside("linked");
    repo.git(["worktree", "add", "--quiet", "-b", "topic", linked.to_str().unwrap()]);
    fs::write(linked.join("b.py"), "x = 1\n").unwrap();
    repo.write("main-only.py", "y = 2\n");
    let change = Change::between(&linked, "main", &Head::WorkingTree, Limits::default()).unwrap();
    assert_eq!(summary(&change), ["A b.py"]);
    assert_eq!(read(change.head(), "b.py").unwrap(), b"x = 1\n");
}

#[test]
fn sparse_checkouts_have_all_files() {
    let repo = Repo::with(&[("a/x.py", TEXT), ("b/y.py", "y = 1\n")]);
    repo.git(["sparse-checkout", "set", "--no-cone", "a"]);
    assert!(!repo.path().join("b/y.py").exists());
    let change = working_tree(&repo);
    assert_eq!(summary(&change), [""; 0]);
    assert_eq!(read(change.head(), "b/y.py").unwrap(), b"y = 1\n");
}

#[test]
fn trees_that_unfold_without_end_are_refused() {
    let repo = Repo::with(&[("a.py", "x\n")]);
    let git = git2::Repository::open(repo.path()).unwrap();
    let mut id = git.head().unwrap().peel_to_tree().unwrap().id();
    for _ in 0..12 {
        let mut builder = git.treebuilder(None).unwrap();
        for name in 0..10 {
            builder.insert(name.to_string(), id, 0o040_000).unwrap();
        }
        id = builder.write().unwrap();
    }
    let bomb = repo.git(["commit-tree", "-m", "bomb", "-p", "main", &id.to_string()]);
    assert!(matches!(error(&repo, "main", &bomb), ChangeError::TooLarge { .. }));
}

#[test]
fn two_runs_and_many_threads_give_the_same() {
    let repo = Repo::new();
    for i in 0..60 {
        repo.write(format!("src/{i}.py"), format!("{TEXT}# file {}\n", i % 7));
    }
    repo.commit("base");
    branch(&repo);
    for i in 0..60 {
        repo.remove(&format!("src/{i}.py"));
        repo.write(format!("lib/{}.py", 60 - i), format!("{TEXT}# file {}\n# moved\n", i % 7));
    }
    repo.commit("move");
    let first = serde_json::to_string(committed_to_main(&repo).files()).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let alone = pool.install(|| serde_json::to_string(committed_to_main(&repo).files()).unwrap());
    assert_eq!(first, alone);
    assert_eq!(first.matches("\"renamed\"").count(), 60);
}

fn committed_to_main(repo: &Repo) -> Change {
    between(repo, "main", "topic").unwrap()
}
