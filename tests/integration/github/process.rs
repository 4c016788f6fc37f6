//! The fake as a process: `github-fake REPOSITORY [SETTINGS]`, where SETTINGS is JSON. Prints its address, and serves until it
//! is ended. What it saw and knows is at `/_fake/state`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]
// Tests use what this does not.
#![allow(dead_code, unused_imports)]

#[path = "mod.rs"]
mod github;

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let repository = arguments.get(1).expect("the path of a repository");
    let mut state = github::State::new(Path::new(repository));
    state.pulls.push(github::Pull::default());
    if let Some(text) = arguments.get(2) {
        github::control::settings(&mut state, serde_json::from_str(text).unwrap()).unwrap();
    }
    let server = github::Server::start(Arc::new(Mutex::new(state)), 0);
    println!("http://{}", server.address);
    std::io::stdout().flush().unwrap();
    loop {
        std::thread::park();
    }
}
