#![allow(clippy::unwrap_used, clippy::expect_used)]

mod dialects;
mod faults;
mod keys;
mod server;

use std::time::Duration;

use self::server::Server;
use super::{Http, Settings};
use crate::model::stop::Stop;
use crate::model::{Failure, Model, Request, Role, Turn};
use crate::policy::{ModelSettings, Provider};

const KEY: &str = "sk-very-secret-0123456789";

/// A model at a server, with short limits.
fn settings(server: &Server) -> Settings {
    settings_at(format!("http://{}/v1", server.address))
}

fn settings_at(endpoint: impl Into<String>) -> Settings {
    Settings {
        endpoint: Some(endpoint.into()),
        key_env: Some("MODEL_KEY".to_string()),
        timeout: Duration::from_secs(5),
        first_wait: Duration::from_millis(10),
        ..plain(Provider::OpenaiCompatible)
    }
}

fn plain(provider: Provider) -> Settings {
    let named = ModelSettings { name: Some("small".to_string()), ..ModelSettings::of(provider) };
    Settings::of(&named, None, &|_| None)
}

fn model(settings: &Settings) -> Http {
    connect(settings).unwrap()
}

fn connect(settings: &Settings) -> Result<Http, Failure> {
    Http::new(settings, &|name| (name == "MODEL_KEY").then(|| KEY.to_string()), Stop::default())
}

fn request() -> Request {
    Request {
        system: "You mend code.".to_string(),
        turns: vec![
            Turn { role: Role::User, text: "first question".to_string() },
            Turn { role: Role::Assistant, text: "first answer".to_string() },
            Turn { role: Role::User, text: "def login(user, password): return query(user)".to_string() },
        ],
        max_tokens: 64,
        temperature: 0.0,
        seed: Some(7),
        tuned: false,
        schema: None,
    }
}

/// The failure of a request, which must not tell what it must not tell.
fn failure(model: &Http) -> Failure {
    let failure = model.answer(&request()).unwrap_err();
    let text = format!("{failure} {failure:?} {model:?}");
    assert!(!text.contains("very-secret"), "{text}");
    assert!(!text.contains("def login"), "{text}");
    failure
}
